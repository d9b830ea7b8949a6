using BackupFs.Storage;

namespace BackupFs.Cli.Configuration;

/// <summary>Finds the configuration file: <c>--config</c>, <c>$BACKUPFS_CONFIG</c>, or the one of the machine.</summary>
internal static class ConfigurationFile
{
    /// <summary>The environment variable that names it.</summary>
    public const string EnvironmentVariable = "BACKUPFS_CONFIG";

    /// <summary>Where the one of the machine is.</summary>
    public const string OfMachine = "/etc/backupfs/config.json";

    private const long LargestFile = 1 << 20;

    /// <summary>Reads it; null if there is none.</summary>
    /// <param name="option">What <c>--config</c> says; null if it is absent.</param>
    /// <param name="isNeeded">Whether a storage of it was named: then one of the machine that may not be read is an error.</param>
    /// <param name="context">The world outside; warnings go to its standard error.</param>
    /// <exception cref="CommandException">It cannot be read, or makes no sense.</exception>
    public static StorageConfiguration? Find(string? option, bool isNeeded, CommandContext context)
    {
        if (option is { Length: 0 })
        {
            throw new UsageException("--config needs a file");
        }

        var named = option ?? (context.GetEnvironment(EnvironmentVariable) is { Length: > 0 } variable ? variable : null);
        var path = Path.GetFullPath(named ?? context.MachineConfiguration);
        byte[] text;
        try
        {
            text = Read(path);
        }
        catch (Exception missing) when (named is null && missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException) when (named is null && !isNeeded)
        {
            // The machine's file is not for every user.
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"cannot read the configuration file '{BackupPath.Printable(path)}': {error.Message}", error);
        }

        var configuration = new ConfigurationReader(path, text).Read();
        WarnOfSecrets(configuration, context);
        return configuration;
    }

    private static byte[] Read(string path)
    {
        using var file = File.OpenRead(path);
        if (file.Length > LargestFile)
        {
            throw new IOException($"it is larger than {LargestFile >> 20} MiB");
        }

        using var text = new MemoryStream();
        file.CopyTo(text);
        ReadOnlySpan<byte> content = text.ToArray(), byteOrderMark = [0xEF, 0xBB, 0xBF];
        return (content.StartsWith(byteOrderMark) ? content[byteOrderMark.Length..] : content).ToArray();
    }

    private static void WarnOfSecrets(StorageConfiguration configuration, CommandContext context)
    {
        if (!OperatingSystem.IsWindows()
            && configuration.Storages.Any(storage => HoldsSecret(storage.Value.Location))
            && (File.GetUnixFileMode(configuration.Path) & UnixFileMode.OtherRead) != 0)
        {
            var path = BackupPath.Printable(configuration.Path);
            context.Error.WriteLine($"backupfs: warning: '{path}' holds secrets and can be read by every user of the machine; run 'chmod o-r {path}'");
        }
    }

    private static bool HoldsSecret(string location)
    {
        string[] secret = ["key", "secret", "token", "password", "signature", "sas", "sig"];
        var url = StorageUrl.Parse(location);
        return url.UserInfo.Length > 0
            || url.Query.Keys.Any(name => !name.EndsWith("-file", StringComparison.Ordinal) && !name.EndsWith("-id", StringComparison.Ordinal)
                && secret.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase)));
    }
}
