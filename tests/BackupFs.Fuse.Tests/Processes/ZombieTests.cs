using System.Diagnostics;
using BackupFs.Fuse.Processes;
using Xunit;

namespace BackupFs.Fuse.Tests.Processes;

/// <summary>Processes that ended and are not reaped, and kernels that forget the status when they are.</summary>
public sealed class ZombieTests : ProcessWatcherTest
{
    /// <summary>Forks a child, prints its number, lets it end at the first line of input, reaps it at the second.</summary>
    private const string SlowParent =
        """
        import os, sys, signal
        r, w = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(w)
            os.read(r, 1)
            ENDING
        os.close(r)
        print(child)
        sys.stdin.readline()
        os.close(w)
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        print('ended')
        sys.stdin.readline()
        os.waitpid(child, 0)
        print('reaped')
        sys.stdin.readline()
        """;

    [Theory]
    [InlineData("os._exit(0)", 0, 0, true)]
    [InlineData("os._exit(3)", 0, 3, true)]
    [InlineData("os.kill(os.getpid(), 9)", 9, 0, true)]
    [InlineData("os._exit(0)", 0, 0, false)]
    [InlineData("os._exit(3)", 0, 3, false)]
    [InlineData("os.kill(os.getpid(), 9)", 9, 0, false)]
    public async Task The_ending_of_a_zombie_is_known_before_it_is_reaped(string code, int signal, int exitStatus, bool newKernel)
    {
        using ProcessWatcher watcher = NewWatcher(new ProcessFeatures(newKernel, newKernel));
        Process parent = Python(SlowParent.Replace("ENDING", code, StringComparison.Ordinal));
        WatchedProcess? child = watcher.Watch((uint)await NumberAsync(parent));
        Assert.Null(child!.Ending);

        await parent.StandardInput.WriteLineAsync();
        Assert.Equal("ended", await LineAsync(parent));
        await watcher.SettleAsync(CancellationToken.None);
        Assert.Equal(new ProcessEnding(signal, exitStatus), child.Ending);
        Assert.Equal(parent.Id, child.ParentProcessId);
    }

    [Fact]
    public async Task A_status_that_an_older_kernel_forgot_is_unknown_not_success()
    {
        // The parent ignores the end of its children: the kernel reaps them at once, and nothing is left to be read.
        using ProcessWatcher watcher = NewWatcher(new ProcessFeatures(ThreadDescriptors: false, ExitInfo: false));
        Process parent = Python("import signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
            + SlowParent.Replace("ENDING", "os._exit(3)", StringComparison.Ordinal)
                .Replace("os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)", "while os.path.exists(f'/proc/{child}'): pass", StringComparison.Ordinal));
        WatchedProcess? child = watcher.Watch((uint)await NumberAsync(parent));
        await parent.StandardInput.WriteLineAsync();
        Assert.Equal("ended", await LineAsync(parent));
        await watcher.SettleAsync(CancellationToken.None);

        // Whoever is quick enough may still see the zombie for an instant, and must then be right.
        Assert.True(child!.Ending is { IsKnown: false } or { ExitStatus: 3 }, $"{child.Ending}");
    }

    [Fact]
    public async Task A_process_that_nobody_reaps_is_still_the_same_process_when_it_is_reaped_later()
    {
        Process parent = Python(SlowParent.Replace("ENDING", "os._exit(3)", StringComparison.Ordinal));
        int number = await NumberAsync(parent);
        WatchedProcess? child = Watcher.Watch((uint)number);
        await parent.StandardInput.WriteLineAsync();
        Assert.Equal("ended", await LineAsync(parent));
        await SettleAsync();
        Assert.Equal(0, Watcher.Count);
        await parent.StandardInput.WriteLineAsync();
        Assert.Equal("reaped", await LineAsync(parent));
        await SettleAsync();
        Assert.Equal(new ProcessEnding(0, 3), child!.Ending);
    }
}
