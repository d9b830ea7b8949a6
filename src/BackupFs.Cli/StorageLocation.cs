using BackupFs.Storage;
using BackupFs.Storage.Directory;

namespace BackupFs.Cli;

/// <summary>Where backups are kept, as a user says it: a URL or a path.</summary>
internal static class StorageLocation
{
    /// <summary>The environment variable that names the storage when no option does.</summary>
    public const string EnvironmentVariable = "BACKUPFS_STORAGE";

    /// <summary>What <c>--storage</c> says, else the environment variable, else the embedded default of the user.</summary>
    /// <returns>A URL, or an absolute path.</returns>
    public static string Choose(string? option, CommandContext context)
    {
        if (option is { Length: 0 })
        {
            throw new UsageException("--storage needs a URL or a directory");
        }

        var chosen = option ?? NotEmpty(context.GetEnvironment(EnvironmentVariable)) ?? Default(context);
        return IsUrl(chosen) || (context.IsWindows && !OperatingSystem.IsWindows()) ? chosen : Path.GetFullPath(chosen);
    }

    /// <summary>The directory that the location names, if it is one on this machine; else null.</summary>
    /// <exception cref="StorageException">It is no location of a storage.</exception>
    public static string? LocalDirectory(string location) => LocalDirectory(location, OperatingSystem.IsWindows());

    internal static string? LocalDirectory(string location, bool isWindows) =>
        StorageUrl.Parse(location) is not { Scheme: StorageUrl.FileScheme or DirectoryStoreOptions.OwnScheme } url ? null
        : isWindows ? url.WindowsPath
        : url.Path;

    // A scheme has two letters or more and a colon before any slash: file:///backups, memory:. A drive has one letter.
    private static bool IsUrl(string location) =>
        location.IndexOf(':', StringComparison.Ordinal) is > 1 and var colon && location.AsSpan(0, colon).IndexOfAny('/', '\\') < 0;

    private static string Default(CommandContext context)
    {
        if (context.IsWindows)
        {
            return WindowsPlaces.Storage(context);
        }

        if (context.IsPrivileged)
        {
            return "/var/lib/backupfs";
        }

        // The XDG base directory specification: a relative path is invalid and to be ignored.
        var data = NotEmpty(context.GetEnvironment("XDG_DATA_HOME"));
        return Path.Combine(data is not null && Path.IsPathRooted(data) ? data : Path.Combine(Home(context), ".local/share"), "backupfs");
    }

    private static string Home(CommandContext context) =>
        NotEmpty(context.GetEnvironment("HOME"))
        ?? throw new UsageException($"HOME is not set, so there is no default storage: use --storage URL or {EnvironmentVariable}");

    private static string? NotEmpty(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
