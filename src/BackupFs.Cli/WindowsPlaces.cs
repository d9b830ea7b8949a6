namespace BackupFs.Cli;

/// <summary>Where things are on Windows unless somebody says otherwise.</summary>
internal static class WindowsPlaces
{
    /// <summary>The configuration file of the machine.</summary>
    public static string MachineConfiguration(Func<string, string?> environment) =>
        Join(environment("ProgramData") is { Length: > 0 } data ? data : @"C:\ProgramData", "config.json");

    /// <summary>The default storage of the user.</summary>
    public static string Storage(CommandContext context) => Join(Data(context, $"--storage URL or {StorageLocation.EnvironmentVariable}"), "storage");

    private static string Data(CommandContext context, string instead)
    {
        var variable = context.IsPrivileged ? "ProgramData" : "LOCALAPPDATA";
        return context.GetEnvironment(variable) is { Length: > 0 } data
            ? data
            : throw new UsageException($"{variable} is not set, so there is no default: use {instead}");
    }

    // Not Path.Combine: the tests of this run on every platform.
    private static string Join(string directory, string name) => $@"{directory.TrimEnd('\\')}\backupfs\{name}";
}
