namespace BackupFs.Mount.Tests.Mounting;

/// <summary>What the tests know of the machine: who runs them, where the program and the repository are.</summary>
internal static class TestEnvironment
{
    /// <summary>Whether root runs the tests.</summary>
    public static bool IsRoot { get; } = File.ReadLines("/proc/self/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal))
        .Split('\t')[2] == "0";

    /// <summary>
    /// The program: what scripts/backupfs runs, if scripts/test names it in BACKUPFS_TEST_PROGRAM (compiled ahead, so that the tests do
    /// not spend their time on compiling it again and again); otherwise as it was built beside the tests.
    /// </summary>
    public static string Program { get; } =
        Environment.GetEnvironmentVariable("BACKUPFS_TEST_PROGRAM") is { Length: > 0 } program
            ? program + ".dll"
            : Path.Combine(AppContext.BaseDirectory, "backupfs.dll");

    /// <summary>The top of the working copy.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>A command prefix that makes the rest run as a user without privilege; empty if that is who we are.</summary>
    public static IReadOnlyList<string> Prefix(TestUser user) =>
        user == TestUser.Ordinary && IsRoot
            ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
            : [];

    /// <summary>A fresh directory that only <paramref name="user"/> (and root) can use.</summary>
    public static string NewDirectory(TestUser user)
    {
        var directory = Directory.CreateTempSubdirectory("backupfs-mount-").FullName;
        if (user == TestUser.Ordinary && IsRoot)
        {
            Shell.RunPlain("chown", "65534:65534", directory);
        }

        return directory;
    }

    /// <summary>
    /// Where no udev runs, /dev/fuse may be root's alone; fusermount3 needs it as udev makes it: open to everybody.
    /// </summary>
    public static void ProvideFuseDevice()
    {
        if (IsRoot)
        {
            Shell.RunPlain("chmod", "666", "/dev/fuse");
        }
    }

    private static string FindRepository()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "BackupFs.sln")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("the tests do not run from a working copy");
        }

        return directory;
    }
}
