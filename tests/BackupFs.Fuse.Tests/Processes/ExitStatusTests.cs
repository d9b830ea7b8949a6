using System.Diagnostics;
using BackupFs.Fuse.Processes;
using Xunit;

namespace BackupFs.Fuse.Tests.Processes;

/// <summary>Exact endings of processes that their parent reaps at once, on this kernel.</summary>
public sealed class ExitStatusTests : ProcessWatcherTest
{
    // The program says that it is there, and goes on when its standard input ends.
    private const string PythonBegin = "import os,signal,sys,threading,time\nprint(1)\nsys.stdin.read()\n";

    [Theory]
    [InlineData("exit 0", 0, 0)]
    [InlineData("exit 3", 0, 3)]
    [InlineData("exit 255", 0, 255)]
    [InlineData("kill -KILL $$", 9, 0)]
    [InlineData("kill -TERM $$", 15, 0)]
    [InlineData("kill -HUP $$", 1, 0)]
    [InlineData("exec sh -c 'exec sleep 0'", 0, 0)]
    [InlineData("exec sh -c 'exit 7'", 0, 7)]
    public async Task A_shells_ending_is_known_exactly(string script, int signal, int exitStatus) =>
        Assert.Equal(new ProcessEnding(signal, exitStatus), await RunAsync(Shell("echo 1; cat; " + script)));

    [Theory]
    [InlineData("threading.Thread(target=time.sleep, args=(60,), daemon=True).start(); os._exit(0)", 0, 0)]
    [InlineData("threading.Thread(target=lambda: os._exit(3)).start(); time.sleep(60)", 0, 3)]
    [InlineData("threading.Thread(target=lambda: os.kill(os.getpid(), 9)).start(); time.sleep(60)", 9, 0)]
    [InlineData("threading.Thread(target=lambda: os.execl('/bin/sh', 'sh', '-c', 'exit 5')).start(); time.sleep(60)", 0, 5)]
    [InlineData("signal.signal(signal.SIGPIPE, signal.SIG_DFL); os.kill(os.getpid(), signal.SIGPIPE)", 13, 0)]
    [InlineData("raise SystemExit(4)", 0, 4)]
    [InlineData("raise ValueError('of the test')", 0, 1)]
    public async Task A_python_programs_ending_is_known_exactly(string script, int signal, int exitStatus) =>
        Assert.Equal(new ProcessEnding(signal, exitStatus), await RunAsync(Python("import sys; sys.stderr = open('/dev/null', 'w')\n" + PythonBegin + script)));

    [Fact]
    public async Task A_process_whose_first_thread_ended_long_ago_is_alive_until_the_last_did()
    {
        Process program = Python(
            """
            import ctypes, os, sys, threading
            libc = ctypes.CDLL(None)
            def last():
                sys.stdin.read()
                os._exit(6)
            threading.Thread(target=last).start()
            print(1)
            libc.syscall(60 if os.uname().machine == 'x86_64' else 93, 0)  # exit(2): of this thread only
            """);
        await LineAsync(program);
        WatchedProcess? process = Watcher.Watch(Id(program));
        Assert.NotNull(process);
        await EventuallyAsync(() => File.ReadAllText($"/proc/{program.Id}/stat").Contains(") Z ", StringComparison.Ordinal));
        await SettleAsync();
        Assert.Null(process.Ending);
        Assert.Same(process, Watcher.Watch(Id(program)));

        program.StandardInput.Close();
        Assert.Equal(new ProcessEnding(0, 6), await EndingOfAsync(process));
    }

    [Fact]
    public async Task A_perl_program_that_dies_has_its_status()
    {
        Process program = Start("perl", "-e", "$| = 1; print qq(1\n); <STDIN>; open(STDERR, q(>), q(/dev/null)); $! = 17; die qq(of the test\n)");
        Assert.Equal(new ProcessEnding(0, 17), await RunAsync(program));
    }

    private async Task<ProcessEnding> RunAsync(Process program)
    {
        await LineAsync(program);
        WatchedProcess? process = Watcher.Watch(Id(program));
        Assert.Null(process?.Ending);
        program.StandardInput.Close();
        return await EndingOfAsync(process);
    }
}
