using System.Diagnostics;
using System.Globalization;
using BackupFs.Fuse.Processes;
using Xunit;

namespace BackupFs.Fuse.Tests.Processes;

public sealed class FeederTests : ProcessWatcherTest
{
    /// <summary>Says its number on descriptor 3, then waits for the file `go` before it becomes what follows.</summary>
    private const string Writer = "(echo $BASHPID >&3; until [ -e go ]; do sleep 0.01; done; exec cat > /dev/null)";

    /// <summary>A stage that says its number, waits for the file named, then does what is in the script.</summary>
    private static string Stage(string sign, string script) =>
        $"(echo {sign} $BASHPID >&3; until [ -e {sign} ]; do sleep 0.01; done; {script})";

    [Theory]
    [InlineData("exit 0", 0, 0)]
    [InlineData("exit 1", 0, 1)]
    [InlineData("kill -KILL $BASHPID", 9, 0)]
    public async Task The_feeder_of_a_pipeline_is_found_and_its_ending_known(string script, int signal, int exitStatus)
    {
        Process shell = Shell($"exec 3>&1; {Stage("feed", script)} | {Writer}; echo done");
        (WatchedProcess writer, Dictionary<string, int> stages) = await WatchWriterAsync(shell, 1);
        await SettleAsync();
        WatchedProcess feeder = Assert.Single(writer.Feeders, process => process.ProcessId == stages["feed"]);

        Signal("feed");
        Assert.Equal(new ProcessEnding(signal, exitStatus), await EndingOfAsync(feeder));
        Signal("go");
        Assert.Equal(new ProcessEnding(0, 0), await EndingOfAsync(writer));
        Assert.Contains(feeder, writer.Feeders);
    }

    [Fact]
    public async Task Every_stage_of_a_pipeline_is_found()
    {
        Process shell = Shell(
            $"exec 3>&1; {Stage("first", "exit 5")} | {Stage("second", "exec cat")} | {Stage("third", "exec cat")} | {Writer}; echo done");
        (WatchedProcess writer, Dictionary<string, int> stages) = await WatchWriterAsync(shell, 3);
        await SettleAsync();
        int[] found = [.. writer.Feeders.Select(feeder => feeder.ProcessId)];
        Assert.All(stages.Values, stage => Assert.Contains(stage, found));
        Assert.DoesNotContain(writer.ProcessId, found);
        Assert.DoesNotContain(shell.Id, found);
        Assert.DoesNotContain(Environment.ProcessId, found);

        WatchedProcess first = writer.Feeders.Single(feeder => feeder.ProcessId == stages["first"]);
        Signal("second");
        Signal("third");
        Signal("first");
        Signal("go");
        Assert.Equal(new ProcessEnding(0, 5), await EndingOfAsync(first));
        await EndingOfAsync(writer);
        Assert.Contains(first, writer.Feeders);
    }

    [Fact]
    public async Task A_feeder_cut_off_by_its_reader_died_of_sigpipe()
    {
        // A test runner may have SIGPIPE ignored, and a shell cannot undo that; Python can.
        Process shell = Shell(
            "exec 3>&1; python3 -c \"import signal, os; signal.signal(signal.SIGPIPE, signal.SIG_DFL); os.execvp('yes', ['yes'])\" | "
            + Writer.Replace("exec cat", "exec head -c 100000", StringComparison.Ordinal) + "; echo done");
        (WatchedProcess writer, _) = await WatchWriterAsync(shell, 0);
        await SettleAsync();
        WatchedProcess feeder = Assert.Single(writer.Feeders);
        await EventuallyAsync(() => feeder.Program == "yes");
        Signal("go");
        Assert.Equal(new ProcessEnding(13, 0), await EndingOfAsync(feeder));
    }

    [Fact]
    public async Task A_program_that_feeds_its_own_child_is_a_feeder()
    {
        Process parent = Python(
            """
            import subprocess, sys
            child = subprocess.Popen(['cat'], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
            print(child.pid)
            sys.stdin.readline()
            child.stdin.write(b'half')
            child.stdin.close()
            sys.exit(child.wait() + 3)
            """);
        WatchedProcess? writer = Watcher.Watch((uint)await NumberAsync(parent));
        await SettleAsync();
        WatchedProcess feeder = Assert.Single(writer!.Feeders, process => process.ProcessId == parent.Id);
        await parent.StandardInput.WriteLineAsync();
        Assert.Equal(new ProcessEnding(0, 0), await EndingOfAsync(writer));
        Assert.Equal(new ProcessEnding(0, 3), await EndingOfAsync(feeder));
        Assert.Contains(feeder, writer.Feeders);
    }

    [Fact]
    public async Task A_program_that_holds_its_childs_input_but_never_feeds_it_is_no_feeder_once_the_child_is_done()
    {
        // What sshd does to a remote command, and a job runner to its job: the pipe stays open until long after the end.
        Process parent = Python(
            """
            import subprocess, sys
            child = subprocess.Popen(['sh', '-c', 'until [ -e go ]; do sleep 0.01; done'], stdin=subprocess.PIPE)
            print(child.pid)
            child.wait()
            sys.stdin.readline()
            sys.exit(255)
            """);
        WatchedProcess? writer = Watcher.Watch((uint)await NumberAsync(parent));
        await SettleAsync();
        WatchedProcess holder = Assert.Single(writer!.Feeders, process => process.ProcessId == parent.Id);
        Signal("go");
        Assert.Equal(new ProcessEnding(0, 0), await EndingOfAsync(writer));
        Assert.Empty(writer.Feeders);
        await parent.StandardInput.WriteLineAsync();
        Assert.Equal(new ProcessEnding(0, 255), await EndingOfAsync(holder));
        Assert.Empty(writer.Feeders);
    }

    [Fact]
    public async Task Who_only_had_the_pipe_while_starting_a_program_is_no_feeder()
    {
        // The bystander is forked with the pipe's end in hand, and lets go of it by its exec.
        using ProcessWatcher watcher = NewWatcher(limits: Patient with { SecondLooks = [.. Enumerable.Range(1, 1000).Select(look => TimeSpan.FromMilliseconds(50 * look))] });
        Process parent = Python(
            """
            import os, sys
            r, w = os.pipe()
            writer = os.fork()
            if writer == 0:
                os.dup2(r, 0); os.close(w); os.close(r)
                os.execvp('sleep', ['sleep', '60'])
            bystander = os.fork()
            if bystander == 0:
                while not os.path.exists('go'): os.sched_yield()
                os.execvp('sh', ['sh', '-c', 'exec sleep 60'])
            os.close(w)
            print(writer)
            print(bystander)
            sys.stdin.readline()
            os.kill(writer, 9)
            os.kill(bystander, 9)
            """);
        int number = await NumberAsync(parent);
        int bystander = await NumberAsync(parent);
        WatchedProcess? writer = watcher.Watch((uint)number);

        // Once it is watched it was seen with the pipe; that it is no feeder for all that is decided at the second look.
        await EventuallyAsync(() => watcher.Table.FindLiving(bystander) is not null);
        Assert.Empty(writer!.Feeders);
        Signal("go");
        await watcher.SettleAsync(CancellationToken.None);
        Assert.Empty(writer.Feeders);
        await parent.StandardInput.WriteLineAsync();
    }

    [Fact]
    public async Task A_stage_that_gets_its_input_after_the_writer_began_leads_on_to_the_first_one()
    {
        // On a busy machine the last stage of a pipeline may open its file before the one in the middle has run at all.
        using ProcessWatcher watcher = NewWatcher(limits: Patient with { InputLooks = [.. Enumerable.Range(1, 60).Select(look => TimeSpan.FromMilliseconds(50 * look))] });
        Process parent = Python(
            """
            import os, sys
            def stage(reads, writes, *program):
                child = os.fork()
                if child == 0:
                    if program[0] == 'cat':
                        while not os.path.exists('go'): os.sched_yield()
                    if reads is not None: os.dup2(reads, 0)
                    if writes is not None: os.dup2(writes, 1)
                    os.closerange(3, 20)
                    os.execvp(program[0], program)
                return child
            r1, w1 = os.pipe2(0)
            first = stage(None, w1, 'sleep', '60')
            os.close(w1)
            r2, w2 = os.pipe2(0)
            middle = stage(r1, w2, 'cat')
            os.close(r1); os.close(w2)
            writer = stage(r2, None, 'sleep', '60')
            os.close(r2)
            print(first); print(middle); print(writer)
            sys.stdin.readline()
            for child in first, middle, writer: os.kill(child, 9)
            """);
        int first = await NumberAsync(parent);
        int middle = await NumberAsync(parent);
        int last = await NumberAsync(parent);
        await EventuallyAsync(() => ProcessStatus.NameOf(last) == "sleep");
        WatchedProcess? writer = watcher.Watch((uint)last);
        await EventuallyAsync(() => writer!.Feeders.Any(feeder => feeder.ProcessId == middle));
        Assert.DoesNotContain(writer!.Feeders, feeder => feeder.ProcessId == first);

        Signal("go");
        await watcher.SettleAsync(CancellationToken.None);
        Assert.Equal([first, middle], writer.Feeders.Select(feeder => feeder.ProcessId).Order());
        await parent.StandardInput.WriteLineAsync();
    }

    [Theory]
    [InlineData("exit 1", false)]
    [InlineData("exit 0", false)]
    [InlineData("kill -KILL $BASHPID", true)]
    public async Task The_child_of_a_feeder_counts_only_when_it_is_killed(string script, bool counts)
    {
        // A script's `grep -q` exits 1 every day; a dump inside a script that the kernel kills is lost.
        Process shell = Shell($"exec 3>&1; ({Stage("inner", script)}; {Stage("outer", "exit 0")}) | {Writer}; echo done");
        (WatchedProcess writer, Dictionary<string, int> stages) = await WatchWriterAsync(shell, 1);
        await SettleAsync();
        WatchedProcess inner = Assert.Single(writer.Feeders, feeder => feeder.ProcessId == stages["inner"]);
        Signal("inner");
        await EndingOfAsync(inner);
        Assert.Equal(counts, writer.Feeders.Contains(inner));
        Signal("outer");
        Signal("go");
        await EndingOfAsync(writer);
        Assert.Equal(counts, writer.Feeders.Contains(inner));
    }

    [Theory]
    [InlineData("outer")]
    [InlineData("inner")]
    [InlineData("outer inner")]
    public async Task The_child_of_a_feeder_answers_to_it_also_when_the_first_look_was_in_doubt(string hidden)
    {
        // A shell whose builtin writes elsewhere just now has only a copy of the pipe, and that closes on exec.
        string program = $"""
            import os, sys, time
            def begin(name):
                if name in '{hidden}'.split():
                    os.dup(1)
                    os.dup2(2, 1)
                os.write(3, f'{"{name} {os.getpid()}"}\n'.encode())
                while not os.path.exists(name): time.sleep(0.01)
            child = os.fork()
            if child == 0:
                begin('inner')
                os._exit(1)
            begin('outer')
            os.waitpid(child, 0)
            """;
        Process shell = Shell($"exec 3>&1; python3 -c \"{program}\" | {Writer}; echo done");
        (WatchedProcess writer, Dictionary<string, int> stages) = await WatchWriterAsync(shell, 2);
        await SettleAsync();
        WatchedProcess inner = Assert.Single(writer.Feeders, feeder => feeder.ProcessId == stages["inner"]);
        WatchedProcess outer = Assert.Single(writer.Feeders, feeder => feeder.ProcessId == stages["outer"]);
        Signal("inner");
        Assert.Equal(new ProcessEnding(0, 1), await EndingOfAsync(inner));
        Assert.DoesNotContain(inner, writer.Feeders);
        Signal("outer");
        Assert.Equal(new ProcessEnding(0, 0), await EndingOfAsync(outer));
        Signal("go");
        await EndingOfAsync(writer);
        Assert.Contains(outer, writer.Feeders);
        Assert.DoesNotContain(inner, writer.Feeders);
    }

    [Fact]
    public async Task What_feeds_the_child_of_a_feeder_still_counts_when_the_child_is_done()
    {
        // dump() { pg_dump | sed; }; dump | gzip
        Process shell = Shell($"exec 3>&1; ({Stage("dump", "exit 2")} | {Stage("sed", "exit 0")}; true) | {Writer}; echo done");
        (WatchedProcess writer, Dictionary<string, int> stages) = await WatchWriterAsync(shell, 2);
        await SettleAsync();
        WatchedProcess dump = Assert.Single(writer.Feeders, feeder => feeder.ProcessId == stages["dump"]);
        WatchedProcess sed = Assert.Single(writer.Feeders, feeder => feeder.ProcessId == stages["sed"]);
        Signal("dump");
        await EndingOfAsync(dump);
        Signal("sed");
        await EndingOfAsync(sed);
        Assert.DoesNotContain(sed, writer.Feeders);
        Assert.Contains(dump, writer.Feeders);
        Assert.Equal(new ProcessEnding(0, 2), dump.Ending);
        Signal("go");
        await EndingOfAsync(writer);
        Assert.Contains(dump, writer.Feeders);
    }

    [Fact]
    public async Task Our_own_process_is_no_feeder()
    {
        Process program = Shell("cat");
        WatchedProcess? process = Watcher.Watch(Id(program));
        await SettleAsync();
        Assert.NotEqual(0, process!.InputPipe);
        Assert.Empty(process.Feeders);
    }

    [Fact]
    public async Task A_process_with_another_standard_input_has_no_feeders()
    {
        Process shell = Shell("exec 3>&1; (exec < /dev/null; echo $BASHPID; until [ -e go ]; do sleep 0.01; done); true");
        WatchedProcess? writer = Watcher.Watch((uint)await NumberAsync(shell));
        await SettleAsync();
        Assert.Equal(0, writer!.InputPipe);
        Assert.Empty(writer.Feeders);
        Signal("go");
    }

    [Fact]
    public async Task A_feeder_that_ends_during_the_search_is_not_missed()
    {
        for (int round = 0; round < 12; round++)
        {
            // The feeder ends 0 to 3 ms after the writer said that it is there; nothing waits for our search.
            Process shell = Shell(
                $"python3 -S -c 'import os,time; os.read(0,1); time.sleep({(round % 4) / 1000.0:0.000}); os._exit(4)' | sh -c 'echo $$ >&2; cat' 2>&1");
            int number = await NumberAsync(shell);
            WatchedProcess? writer = Watcher.Watch((uint)number);
            await shell.StandardInput.WriteAsync('x');
            await shell.StandardInput.FlushAsync();
            await SettleAsync();

            // Where python3 is itself a script, its helpers are feeders too, while they run.
            WatchedProcess[] feeders = [.. writer?.Feeders ?? []];
            await Task.WhenAll(feeders.Select(EndingOfAsync));
            foreach (WatchedProcess feeder in feeders.Intersect(writer?.Feeders ?? []))
            {
                Assert.Equal(new ProcessEnding(0, 4), await EndingOfAsync(feeder));
            }
        }
    }

    private async Task<(WatchedProcess Writer, Dictionary<string, int> Stages)> WatchWriterAsync(Process shell, int stages)
    {
        Dictionary<string, int> found = [];
        int writer = 0;
        while (writer == 0 || found.Count < stages)
        {
            string[] words = (await LineAsync(shell)).Split(' ');
            int number = int.Parse(words[^1], CultureInfo.InvariantCulture);
            if (words.Length == 2)
            {
                found[words[0]] = number;
            }
            else
            {
                writer = number;
            }
        }

        WatchedProcess? process = Watcher.Watch((uint)writer);
        Assert.NotNull(process);
        return (process, found);
    }
}
