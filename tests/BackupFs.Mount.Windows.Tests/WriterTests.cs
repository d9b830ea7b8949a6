using BackupFs.FileSystem;
using BackupFs.Mount.Windows.Tests.Mounting;

namespace BackupFs.Mount.Windows.Tests;

/// <summary>What exit codes say of the processes that write.</summary>
public sealed class WriterTests
{
    [Theory]
    [InlineData(0xFFFFFFFFu, "killed with status 0xFFFFFFFF")]
    [InlineData(0xC0000005u, "killed with status 0xC0000005")]
    [InlineData(0xC000013Au, "killed with status 0xC000013A")]
    [InlineData(1u, "exit status 1")]
    [InlineData(0x80070005u, "exit status -2147024891")]
    [Promise("windows-killed")]
    public async Task A_process_that_ends_badly_with_a_file_open_tears_it(uint code, string ending)
    {
        await using var mount = await WindowsMount.BegunAsync();
        End(mount, code);
        await FailedAsync(mount);
        Assert.Matches($"f is torn: .*{ending}", mount.Error(@"\d\b.partial"));
    }

    [Fact]
    [Promise("windows-killed")]
    public async Task With_signals_only_a_process_that_the_system_or_a_debugger_ended_counts_and_exit_1_does_not()
    {
        var options = new FileSystemOptions { End = EndPolicy.Manual, Writers = WriterPolicy.Signals };
        await using var mount = await WindowsMount.BegunAsync(options);
        End(mount, 1);
        Assert.Equal("open", mount.State(@"\d\b.partial"));
        End(mount, FakeProcess.Killed);
        await FailedAsync(mount);
    }

    [Fact]
    [Promise("windows-killed")]
    public async Task An_end_waits_for_a_process_whose_handles_are_closed_by_its_death()
    {
        await using var mount = await WindowsMount.BegunAsync();
        var process = mount.Processes.Start();
        var file = mount.Volume.Create(@"\d\b.partial\f", ProgramOpens.Save with { ProcessId = process.Id });
        process.BeginEnd(3);
        file.Dispose();
        var ending = Task.Run(() => Assert.Throws<MountException>(() => mount.End(@"\d\b.partial")));
        process.End();
        Assert.Contains("f is torn", (await ending).Message, StringComparison.Ordinal);
    }

    [Fact]
    [Promise("windows-unseen")]
    public async Task A_process_that_may_not_be_looked_at_or_whose_exit_code_cannot_be_read_tears_nothing()
    {
        await using var mount = await WindowsMount.BegunAsync();
        using (var file = mount.Volume.Create(@"\d\b.partial\g", ProgramOpens.Save with { ProcessId = 4 }))
        {
            Assert.Null(new WindowsWriterObserver(mount.Processes, TimeProvider.System).Observe(4));
        }

        End(mount, null);
        mount.Volume.Rename(@"\d\b.partial", @"\d\b");
        Assert.Equal("complete", mount.State(@"\d\b"));
    }

    [Fact]
    public async Task A_process_is_watched_once_and_given_up_when_it_has_ended()
    {
        var processes = new FakeProcesses();
        var observer = new WindowsWriterObserver(processes, TimeProvider.System);
        var process = processes.Start("copy.exe");
        var watched = observer.Observe(process.Id);
        Assert.Equal(("copy.exe", (int)process.Id), (watched?.Program, watched?.ProcessId));
        Assert.Same(watched, observer.Observe(process.Id));
        Assert.Null(observer.Observe(0));
        Assert.Null(observer.ObserveIfExiting(process.Id));
        Assert.Null(watched!.Ending);
        process.BeginEnd(0);
        Assert.Same(watched, observer.ObserveIfExiting(process.Id));
        process.End();
        await observer.SettleAsync(default);
        Assert.True((await watched.Ended).IsSuccess);
        for (var tries = 0; process.Disposals == 0 && tries < 500; tries++)
        {
            await Task.Delay(10);
        }

        Assert.Equal(1, process.Disposals);
        Assert.Null(observer.ObserveIfExiting(process.Id));
    }

    [Fact]
    public void Ancestors_are_followed_up_to_the_first_that_cannot_be_seen()
    {
        var processes = new FakeProcesses();
        var shell = processes.Start("cmd.exe", parent: 4);
        var child = processes.Start("backupfs.exe", shell.Id);
        var observer = new WindowsWriterObserver(processes, TimeProvider.System);
        Assert.Equal([(int)child.Id, (int)shell.Id, 4], observer.AncestorsOf(child.Id));
        Assert.Empty(observer.AncestorsOf(0));
    }

    private static void End(WindowsMount mount, uint? code)
    {
        var process = mount.Processes.Start();
        var file = mount.Volume.Create(@"\d\b.partial\f", ProgramOpens.Save with { ProcessId = process.Id });
        file.Write(0, "half"u8);
        process.BeginEnd(code);
        file.Dispose();
        process.End();
    }

    private static async Task FailedAsync(WindowsMount mount)
    {
        for (var tries = 0; mount.State(@"\d\b.partial") != "failed" && tries < 500; tries++)
        {
            await Task.Delay(10);
        }

        Assert.Equal("failed", mount.State(@"\d\b.partial"));
    }
}
