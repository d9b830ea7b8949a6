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
        return IsUrl(chosen) ? chosen : Path.GetFullPath(chosen);
    }

    /// <summary>The directory that the location names, if it is one on this machine; else null.</summary>
    public static string? LocalDirectory(string location)
    {
        if (!IsUrl(location))
        {
            return location;
        }

        return Uri.TryCreate(location, UriKind.Absolute, out var url) && url.IsFile && url.Host.Length == 0 ? url.LocalPath : null;
    }

    /// <summary>The location with everything left out that could be secret: user, password and query.</summary>
    public static string WithoutSecrets(string location)
    {
        if (!IsUrl(location))
        {
            return location;
        }

        var afterScheme = location.IndexOf("://", StringComparison.Ordinal) + 3;
        var end = location.AsSpan(afterScheme).IndexOfAny('?', '#');
        var shown = end < 0 ? location : location[..(afterScheme + end)];

        // A secret may itself contain a slash, so everything up to the last '@' goes.
        var at = shown.LastIndexOf('@');
        return at < afterScheme ? shown : shown[..afterScheme] + shown[(at + 1)..];
    }

    private static bool IsUrl(string location) => location.Contains("://", StringComparison.Ordinal);

    private static string Default(CommandContext context)
    {
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
