using System.Diagnostics;
using System.Globalization;
using BackupFs.Fuse.Processes;
using BackupFs.Testing;
using Xunit;

namespace BackupFs.Fuse.Tests.Processes;

[Collection(AloneCollection.Name)]
public sealed class ManyProcessesTests : ProcessWatcherTest
{
    /// <summary>Makes children in lots: prints their numbers, ends them at a line of input, says so when they are reaped.</summary>
    private const string Lots =
        """
        import os, sys
        null = os.open('/dev/null', os.O_RDONLY)
        while True:
            line = sys.stdin.readline()
            if not line: break
            r, w = os.pipe()
            children = []
            for n in range(int(line)):
                child = os.fork()
                if child == 0:
                    os.close(w)
                    os.dup2(null, 0)
                    os.read(r, 1)
                    os._exit(n % 200)
                children.append(child)
            os.close(r)
            print(*children)
            sys.stdin.readline()
            os.close(w)
            for child in children: os.waitpid(child, 0)
            print('reaped')
        """;

    [Fact]
    public async Task Five_hundred_processes_at_once_each_have_their_own_ending()
    {
        Process parent = Python(Lots);
        WatchedProcess[] children = await BeginLotAsync(parent, 500);
        Assert.Equal(500, Watcher.Count);
        Assert.Equal(500, children.Distinct().Count());
        await EndLotAsync(parent);
        await SettleAsync();
        Assert.All(children, (child, index) => Assert.Equal(new ProcessEnding(0, index % 200), child.Ending));
        Assert.Equal(0, Watcher.Count);
    }

    [Fact]
    public async Task Ten_thousand_short_lived_processes_leave_no_descriptor_and_no_memory()
    {
        Process parent = Python(Lots);
        async Task RunAsync(int lots)
        {
            for (int lot = 0; lot < lots; lot++)
            {
                await BeginLotAsync(parent, 250);
                await EndLotAsync(parent);
                await SettleAsync();
            }
        }

        await RunAsync(4);
        long memory = GC.GetTotalMemory(forceFullCollection: true);
        int before = WatchDescriptors();
        await RunAsync(36);
        Assert.Equal(0, Watcher.Count);
        Assert.Equal(before, WatchDescriptors());

        // 9,000 processes; what is kept of each would show.
        long kept = GC.GetTotalMemory(forceFullCollection: true) - memory;
        Assert.True(kept < 9_000 * 100, $"{kept} bytes are kept");
    }

    [Fact]
    public void Seeing_a_watched_process_again_allocates_nothing()
    {
        uint self = (uint)Environment.ProcessId;
        Assert.NotNull(Watcher.Watch(self));
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int call = 0; call < 1000; call++)
            {
                _ = Watcher.Watch(self);
                _ = Watcher.WatchIfExiting(self);
            }
        }));
    }

    [Fact]
    public async Task Without_descriptors_left_processes_cannot_be_seen_which_is_logged_once_and_ends_with_the_shortage()
    {
        RecordingLogger logger = new();
        using ProcessWatcher watcher = NewWatcher(logger: logger);
        Process[] programs = [.. Enumerable.Range(0, 20).Select(_ => Shell("cat"))];
        await LimitDescriptorsAsync("4096:");
        List<FileStream> taken = [];
        try
        {
            Assert.Throws<IOException>((Action)(() => TakeAllDescriptors(taken)));
            Assert.All(programs, program => Assert.Null(watcher.Watch(Id(program))));
            Assert.All(programs, program => Assert.Null(watcher.WatchIfExiting(Id(program))));
            Assert.Single(logger.Messages);
            Assert.Equal(0, watcher.Count);
        }
        finally
        {
            taken.ForEach(static stream => stream.Dispose());
            await LimitDescriptorsAsync(_descriptorLimit);
        }

        Assert.All(programs, program => Assert.NotNull(watcher.Watch(Id(program))));
        Assert.Single(logger.Messages);
    }

    [Fact]
    public async Task Many_threads_see_one_object()
    {
        Process program = Shell("cat");
        WatchedProcess?[] seen = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(() => Watcher.Watch(Id(program)))));
        Assert.Single(seen.Distinct());
        Assert.Equal(1, Watcher.Count);
    }

    private readonly string _descriptorLimit = File.ReadLines("/proc/self/limits")
        .Single(line => line.StartsWith("Max open files", StringComparison.Ordinal))
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)[3] + ":";

    private static void TakeAllDescriptors(List<FileStream> taken)
    {
        while (true)
        {
            taken.Add(new FileStream("/dev/null", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0));
        }
    }

    private async Task LimitDescriptorsAsync(string limit)
    {
        Process program = Start("prlimit", "--pid", Environment.ProcessId.ToString(CultureInfo.InvariantCulture), "--nofile=" + limit);
        await program.WaitForExitAsync().WaitAsync(HangGuard);
        Assert.Equal(0, program.ExitCode);
    }

    private async Task<WatchedProcess[]> BeginLotAsync(Process parent, int count)
    {
        await parent.StandardInput.WriteLineAsync(count.ToString(CultureInfo.InvariantCulture));
        string numbers = await LineAsync(parent);
        return [.. numbers.Split(' ').Select(number => Watcher.Watch(uint.Parse(number, CultureInfo.InvariantCulture))!)];
    }

    private static async Task EndLotAsync(Process parent)
    {
        await parent.StandardInput.WriteLineAsync();
        Assert.Equal("reaped", await LineAsync(parent));
    }

    /// <summary>The pidfds of this process.</summary>
    private static int WatchDescriptors() => Directory.GetFiles("/proc/self/fd")
        .Count(path => new FileInfo(path).LinkTarget is { } target && target.Contains("pidfd", StringComparison.Ordinal));
}
