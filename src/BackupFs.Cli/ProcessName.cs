namespace BackupFs.Cli;

/// <summary>The name under which this program was called: mount(8) calls it <c>mount.fuse.backupfs</c>.</summary>
internal static class ProcessName
{
    /// <summary>The last component of <c>argv[0]</c>; <c>backupfs</c> where it cannot be told.</summary>
    public static string Current()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "backupfs";
        }

        try
        {
            var commandLine = File.ReadAllText("/proc/self/cmdline");
            var end = commandLine.IndexOf('\0', StringComparison.Ordinal);
            var name = Path.GetFileName(end < 0 ? commandLine : commandLine[..end]);
            return name is "" or "dotnet" ? "backupfs" : name;
        }
        catch (IOException)
        {
            return "backupfs";
        }
        catch (UnauthorizedAccessException)
        {
            return "backupfs";
        }
    }

    /// <summary>Whether <paramref name="name"/> is one that mount(8) calls: the arguments are then in its style.</summary>
    public static bool IsMountHelper(string name) => name is "mount.fuse.backupfs" or "mount.backupfs" or "mount.fuse3.backupfs";
}
