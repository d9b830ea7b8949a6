using System.Diagnostics;
using BackupFs.Fuse.Processes;
using Xunit;

namespace BackupFs.Fuse.Tests.Processes;

public sealed class IdentityTests : ProcessWatcherTest
{
    [Fact]
    public async Task A_process_is_one_object_from_whichever_thread_it_calls()
    {
        Process program = Python(
            """
            import sys, threading
            ready = threading.Event()
            def thread():
                print(threading.get_native_id())
                ready.set()
                sys.stdin.read()
            threading.Thread(target=thread).start()
            ready.wait()
            print('ready')
            """);
        int thread = await NumberAsync(program);
        await LineAsync(program);
        WatchedProcess? process = Watcher.Watch((uint)thread);
        Assert.NotNull(process);
        Assert.Equal(program.Id, process.ProcessId);
        Assert.Same(process, Watcher.Watch(Id(program)));
        Assert.Equal(1, Watcher.Count);

        using ProcessWatcher older = NewWatcher(new ProcessFeatures(ThreadDescriptors: false, ExitInfo: false));
        Assert.Equal(program.Id, older.Watch((uint)thread)!.ProcessId);
    }

    [Fact]
    public async Task The_name_follows_an_exec()
    {
        Process program = Shell("echo 1; read line; exec cat");
        await LineAsync(program);
        WatchedProcess? process = Watcher.Watch(Id(program));
        await EventuallyAsync(() => process!.CommandDigest is not null);
        Assert.Equal("bash", process!.Program);
        string? before = process.CommandDigest;
        await program.StandardInput.WriteLineAsync();

        // As further requests of the process would.
        await EventuallyAsync(() => Watcher.Watch(Id(program))!.Program == "cat");
        Assert.NotEqual(before, process.CommandDigest);
    }

    [Fact]
    public async Task The_name_of_a_zombie_is_that_of_its_last_program_and_the_digest_of_another_is_dropped()
    {
        Process parent = Python(
            """
            import os, sys, time
            r, w = os.pipe()
            child = os.fork()
            if child == 0:
                os.close(w)
                os.read(r, 1)
                os.execlp('true', 'true')
            os.close(r)
            print(child)
            sys.stdin.readline()
            os.close(w)
            sys.stdin.readline()
            """);
        WatchedProcess? child = Watcher.Watch((uint)await NumberAsync(parent));
        await EventuallyAsync(() => child!.CommandDigest is not null);
        string? before = child!.CommandDigest;
        await parent.StandardInput.WriteLineAsync();
        Assert.Equal(new ProcessEnding(0, 0), await EndingOfAsync(child));
        Assert.Equal("true", child.Program);
        Assert.NotEqual(before, child.CommandDigest);
    }

    [Fact]
    public async Task The_same_command_has_the_same_digest_and_another_has_another()
    {
        async Task<string> DigestAsync(params string[] arguments)
        {
            Process program = Start("/bin/cat", arguments);
            WatchedProcess? process = Watcher.Watch(Id(program));
            await EventuallyAsync(() => process!.CommandDigest is not null && process.Program == "cat");
            return process!.CommandDigest!;
        }

        string first = await DigestAsync("-");
        Assert.Equal(64, first.Length);
        Assert.Equal(first, await DigestAsync("-"));
        Assert.NotEqual(first, await DigestAsync("-", "-"));
        Assert.NotEqual(first, await DigestAsync("--", "-"));
    }

    [Fact]
    public async Task A_long_name_is_not_cut_short()
    {
        Process program = Shell("cp /bin/cat ./a-name-longer-than-fifteen; exec ./a-name-longer-than-fifteen");
        WatchedProcess? process = Watcher.Watch(Id(program));
        await EventuallyAsync(() => Watcher.Watch(Id(program)) is not null && process!.Program == "a-name-longer-than-fifteen");
    }

    [Fact]
    public void What_is_no_process_cannot_be_seen()
    {
        Assert.Null(Watcher.Watch(0));
        Assert.Null(Watcher.Watch(uint.MaxValue));
        Assert.Null(Watcher.Watch(int.MaxValue));
        Assert.Null(Watcher.WatchIfExiting(0));
        Assert.Null(Watcher.WatchIfExiting(int.MaxValue));
        Assert.Equal(0, Watcher.Count);
    }

    [Fact]
    public void A_kernel_thread_is_nobodys_writer()
    {
        // In a container there is none to be seen; what has the number there may be an ordinary process.
        bool visible = File.Exists("/proc/2/comm") && File.ReadAllText("/proc/2/comm") == "kthreadd\n";
        WatchedProcess? second = Watcher.Watch(2);
        Assert.True(!visible || second is null);
        Assert.True(!visible || Watcher.WatchIfExiting(2) is null);
    }
}
