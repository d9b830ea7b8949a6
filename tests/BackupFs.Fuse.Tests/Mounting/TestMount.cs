using System.Diagnostics;
using BackupFs.Fuse.Tests.Memory;

namespace BackupFs.Fuse.Tests.Mounting;

/// <summary>
/// A real mount for one test: a directory of its own, unmounted and removed at the end whatever happens, with a
/// watchdog process that forces the unmount should the test hang or be killed.
/// </summary>
internal sealed class TestMount : IAsyncDisposable
{
    private const int WatchdogSeconds = 180;
    private readonly string _directory;
    private readonly Process _watchdog;

    private TestMount(string directory, Process watchdog, FuseSession session, MemoryFileSystem files)
    {
        _directory = directory;
        _watchdog = watchdog;
        Session = session;
        Files = files;
    }

    internal FuseSession Session { get; }

    internal MemoryFileSystem Files { get; }

    internal string Path => _directory;

    internal static async Task<TestMount> CreateAsync(
        MemoryFileSystem? files = null, FuseMountOptions? options = null, RecordingLog? log = null)
    {
        files ??= new MemoryFileSystem();
        string directory = Directory.CreateTempSubdirectory("backupfs-fuse-").FullName;
        Process watchdog = StartWatchdog(directory);
        try
        {
            FuseSession session = await FuseSession.MountAsync(directory, files, options, log);
            return new TestMount(directory, watchdog, session, files);
        }
        catch
        {
            StopWatchdog(watchdog);
            Directory.Delete(directory);
            throw;
        }
    }

    internal string At(string name) => System.IO.Path.Combine(_directory, name);

    /// <summary>Runs a shell command in the mount; its output. Fails when it exits with an error.</summary>
    internal async Task<string> ShellAsync(string command)
    {
        ShellResult result = await Shell.RunAsync(command, _directory);
        Assert.True(result.ExitCode == 0, $"{command} -> {result.ExitCode}: {result.Output}");
        return result.Output;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!Session.Ended.IsCompleted)
            {
                if (Account.IsRoot)
                {
                    await Session.AbortAsync();
                }
                else
                {
                    await Session.UnmountAsync(lazy: true);
                }
            }

            await Session.Ended.WaitAsync(TimeSpan.FromSeconds(60));
        }
        finally
        {
            StopWatchdog(_watchdog);
        }

        Directory.Delete(_directory);
    }

    private static Process StartWatchdog(string directory)
    {
        string unmount = $"umount -f '{directory}' || umount -l '{directory}' || fusermount3 -u -z '{directory}'";
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"sleep {WatchdogSeconds}; {unmount}");
        return Process.Start(start)!;
    }

    private static void StopWatchdog(Process watchdog)
    {
        watchdog.Kill(entireProcessTree: true);
        watchdog.WaitForExit();
        watchdog.Dispose();
    }
}
