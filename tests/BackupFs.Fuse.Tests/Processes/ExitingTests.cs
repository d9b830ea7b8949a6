using System.Diagnostics;
using BackupFs.Fuse.Processes;
using Xunit;

namespace BackupFs.Fuse.Tests.Processes;

/// <summary>
/// <see cref="ProcessWatcher.WatchIfExiting"/> without a mount: a zombie has lost its memory as a process that closes its files in
/// death has, and shows the same in procfs.
/// </summary>
public sealed class ExitingTests : ProcessWatcherTest
{
    private const string ParentOfZombie =
        """
        import os, sys
        child = os.fork()
        if child == 0:
            os._exit(3)
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        print(child)
        sys.stdin.readline()
        """;

    [Fact]
    public async Task A_living_process_is_not_exiting()
    {
        Process program = Shell("cat");
        Assert.Null(Watcher.WatchIfExiting(Id(program)));
        WatchedProcess? process = Watcher.Watch(Id(program));
        Assert.Null(Watcher.WatchIfExiting(Id(program)));
        await SettleAsync();
        Assert.Null(process!.Ending);
        Assert.Null(Watcher.WatchIfExiting((uint)Environment.ProcessId));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_torn_down_process_is_watched_even_when_it_was_not_before(bool newKernel)
    {
        using ProcessWatcher watcher = NewWatcher(new ProcessFeatures(newKernel, newKernel));
        Process parent = Python(ParentOfZombie);
        WatchedProcess? child = watcher.WatchIfExiting((uint)await NumberAsync(parent));
        Assert.NotNull(child);
        Assert.Equal(new ProcessEnding(0, 3), await EndingOfAsync(child));
        Assert.StartsWith("python3", child.Program, StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_an_older_kernel_the_status_is_kept_while_it_can_be_read()
    {
        using ProcessWatcher watcher = NewWatcher(new ProcessFeatures(ThreadDescriptors: false, ExitInfo: false));
        Process parent = Python(ParentOfZombie);
        WatchedProcess? child = watcher.WatchIfExiting((uint)await NumberAsync(parent));
        Assert.Equal(0x300, child!.CapturedStatus);
    }

    [Fact]
    public async Task One_thread_that_ended_alone_does_not_make_its_process_exiting()
    {
        // The first thread is a zombie without memory; the others go on.
        Process program = Python(
            """
            import ctypes, os, sys, threading
            threading.Thread(target=sys.stdin.read).start()
            print(1)
            ctypes.CDLL(None).syscall(60 if os.uname().machine == 'x86_64' else 93, 0)
            """);
        await LineAsync(program);
        await EventuallyAsync(() => ProcessStatus.IsTornDown(program.Id));
        int other = Directory.GetDirectories($"/proc/{program.Id}/task")
            .Select(path => int.Parse(Path.GetFileName(path), System.Globalization.CultureInfo.InvariantCulture))
            .First(thread => thread != program.Id);
        Assert.Null(Watcher.WatchIfExiting((uint)other));
    }
}
