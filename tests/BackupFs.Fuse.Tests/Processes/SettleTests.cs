using System.Diagnostics;
using BackupFs.Fuse.Processes;
using Xunit;

namespace BackupFs.Fuse.Tests.Processes;

public sealed class SettleTests : ProcessWatcherTest
{
    [Fact]
    public async Task After_a_child_was_waited_for_its_ending_is_known_every_time()
    {
        // One parent makes three hundred children, each waited for before it says so.
        Process parent = Python(
            """
            import os, sys
            null = os.open('/dev/null', os.O_RDONLY)
            for n in range(300):
                r, w = os.pipe()
                child = os.fork()
                if child == 0:
                    os.close(w)
                    os.dup2(null, 0)
                    os.read(r, 1)
                    os._exit(n % 256)
                os.close(r)
                print(child)
                sys.stdin.readline()
                os.close(w)
                os.waitpid(child, 0)
                print('waited')
                sys.stdin.readline()
            """);
        for (int round = 0; round < 300; round++)
        {
            WatchedProcess? child = Watcher.Watch((uint)await NumberAsync(parent));
            await parent.StandardInput.WriteLineAsync();
            Assert.Equal("waited", await LineAsync(parent));
            await SettleAsync();
            Assert.Equal(new ProcessEnding(0, round % 256), child!.Ending);
            await parent.StandardInput.WriteLineAsync();
        }
    }

    [Fact]
    public async Task Settling_with_nothing_to_settle_returns()
    {
        Process program = Shell("cat");
        WatchedProcess? process = Watcher.Watch(Id(program));
        for (int round = 0; round < 100; round++)
        {
            await SettleAsync();
        }

        Assert.Null(process!.Ending);
    }

    [Fact]
    public async Task Two_that_settle_at_the_same_time_are_both_let_go()
    {
        // Nobody ends meanwhile and nobody else settles: no other event makes up for one that was missed.
        Process program = Shell("cat");
        WatchedProcess? process = Watcher.Watch(Id(program));
        for (int round = 0; round < 5_000; round++)
        {
            // The second one comes at any moment of what the first one sets off: 0 to 100 us later.
            Task first = SettleAsync().AsTask();
            Stopwatch later = Stopwatch.StartNew();
            SpinWait.SpinUntil(() => later.Elapsed.TotalMicroseconds >= round % 101);
            await SettleAsync().AsTask().WaitAsync(HangGuard);
            await first.WaitAsync(HangGuard);
        }

        Assert.Null(process!.Ending);
    }

    [Fact]
    public async Task Who_waits_is_let_go_when_the_watcher_is_disposed_of()
    {
        Process program = Shell("cat");
        WatchedProcess? process = Watcher.Watch(Id(program));
        Task[] waiting = [.. Enumerable.Range(0, 50).Select(_ => Task.Run(async () => await SettleAsync()))];
        Watcher.Dispose();
        await Task.WhenAll(waiting).WaitAsync(HangGuard);
        await SettleAsync();
        Assert.Null(process!.Ending);
        Assert.Null(Watcher.Watch(Id(program)));
    }

    [Fact]
    public async Task Disposing_while_others_watch_harms_nobody()
    {
        Process[] programs = [.. Enumerable.Range(0, 30).Select(_ => Shell("cat"))];
        for (int round = 0; round < 10; round++)
        {
            ProcessWatcher watcher = NewWatcher();
            Task[] watching = [.. programs.Select(program => Task.Run(() => watcher.Watch(Id(program))))];
            watcher.Dispose();
            await Task.WhenAll(watching).WaitAsync(HangGuard);
            Assert.Null(watcher.Watch(Id(programs[0])));
        }
    }

    [Fact]
    public async Task Settling_can_be_cancelled() =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Watcher.SettleAsync(new CancellationToken(canceled: true)));
}
