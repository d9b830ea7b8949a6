namespace BackupFs.FileSystem.Tests;

/// <summary>Processes that never opened a file themselves: feeders of a pipe, and those that inherited a descriptor.</summary>
public sealed class FeederTests
{
    [Theory]
    [InlineData(9, 0)]
    [InlineData(0, 1)]
    [InlineData(0, 137)]
    public async Task A_feeder_that_fails_tears_what_it_fed_although_the_writer_ended_well(int signal, int status)
    {
        await using var mount = await TestMount.BegunAsync();
        await FedFileAsync(mount, "d/b/file", feeder => End(feeder, signal, status));

        Assert.StartsWith("file is torn: pg_dump (process 102), which fed gzip (process 101)", await mount.GetAsync("d/b", ControlAttributes.Error), StringComparison.Ordinal);
        Assert.Equal(FsError.Io, await mount.EndAsync("d/b"));
        Assert.Equal(FsError.None, await mount.WriteFileAsync("d/b/file", "good"));
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
    }

    [Theory]
    [InlineData(13, 0)]
    [InlineData(0, 141)]
    [InlineData(0, 0)]
    public async Task A_feeder_that_its_reader_had_enough_of_is_no_failure(int signal, int status)
    {
        await using var mount = await TestMount.BegunAsync();
        await FedFileAsync(mount, "d/b/file", feeder => End(feeder, signal, status));

        Assert.Equal("open", await mount.StateAsync("d/b"));
        Assert.True((await mount.LifeAsync()).IsAtRest);
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
    }

    [Fact]
    public async Task A_feeder_that_fails_before_its_writer_ends_tears_the_file_at_the_end_of_the_writer()
    {
        await using var mount = await TestMount.BegunAsync();
        var feeder = mount.Observer.Start("pg_dump");
        var writer = mount.Observer.Start("gzip").FedBy(feeder);
        var file = (await mount.CreateAsync("d/b/file", writer.Caller)).Value;
        feeder.IsKilled();
        await mount.CloseAsync(file, writer.Caller);
        writer.Exits(0);
        await mount.JudgedAsync();

        Assert.Equal("failed", await mount.StateAsync("d/b"));
    }

    [Fact]
    public async Task A_feeder_of_many_files_marks_the_backup_as_a_whole()
    {
        await using var mount = await TestMount.BegunAsync();
        var feeder = mount.Observer.Start("ssh", "digest");
        var writer = mount.Observer.Start("tar").FedBy(feeder);
        for (var count = 0; count <= WriterRecord.MostFedFiles; count++)
        {
            await mount.WriteFileAsync($"d/b/{count}", "x", writer.Caller);
        }

        writer.Exits(0);
        feeder.Exits(255);
        await mount.JudgedAsync();

        Assert.StartsWith("writer killed: ssh (process 101), which fed tar (process 102): exit status 255", await mount.GetAsync("d/b", ControlAttributes.Error), StringComparison.Ordinal);
        Assert.True((await mount.LifeAsync()).IsAtRest);
        Assert.Equal(FsError.Io, await mount.EndAsync("d/b"));
    }

    [Fact]
    public async Task A_feeder_that_outlives_its_writer_no_longer_matters()
    {
        await using var mount = await TestMount.BegunAsync();
        var feeder = mount.Observer.Start("tail");
        var writer = mount.Observer.Start("head").FedBy(feeder);
        await mount.WriteFileAsync("d/b/file", "x", writer.Caller);
        writer.Exits(0);
        await mount.JudgedAsync();

        feeder.IsKilled();
        await mount.PassAsync(TimeSpan.FromSeconds(10));

        Assert.NotEqual("failed", await mount.StateAsync("d/b"));
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
    }

    [Fact]
    public async Task An_explicit_end_waits_a_moment_for_feeders_of_writers_that_have_ended()
    {
        await using var mount = await TestMount.BegunAsync();
        var feeder = mount.Observer.Start("pg_dump");
        var writer = mount.Observer.Start("gzip").FedBy(feeder);
        await mount.WriteFileAsync("d/b/file", "x", writer.Caller);
        writer.Exits(0);

        var ending = mount.EndAsync("d/b");
        await Eventually.TrueAsync(() => mount.StateAsync("d/b").Result == "ending");
        feeder.Exits(1);

        Assert.Equal(FsError.Io, await Eventually.InTimeAsync(ending));
    }

    [Fact]
    public async Task A_killed_child_that_inherited_the_file_raises_no_alarm_while_the_shell_goes_on()
    {
        await using var mount = await TestMount.BegunAsync();
        var shell = mount.Observer.Start("bash");
        var child = mount.Observer.Start("timeout");
        var file = (await mount.CreateAsync("d/b/log", shell.Caller)).Value;
        child.IsExiting = true;
        await mount.Fs.FlushAsync(file, child.Caller, CancellationToken.None);
        child.IsKilled();
        await mount.CloseAsync(file, shell.Caller);
        shell.Exits(0);
        await mount.JudgedAsync();

        Assert.Equal("open", await mount.StateAsync("d/b"));
        Assert.True((await mount.LifeAsync()).IsAtRest);
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
    }

    [Fact]
    public async Task The_last_process_that_has_the_file_tears_it_when_it_is_killed()
    {
        await using var mount = await TestMount.BegunAsync();
        await InheritAsync(mount, child => child.IsKilled());

        Assert.Contains("log is torn: mysqldump (process 102): killed by signal 9, while it had the file open", await mount.GetAsync("d/b", ControlAttributes.Error), StringComparison.Ordinal);
        Assert.Equal(FsError.Io, await mount.EndAsync("d/b"));
    }

    [Fact]
    public async Task A_process_that_only_inherited_the_file_and_fails_raises_no_alarm()
    {
        await using var mount = await TestMount.BegunAsync();
        await InheritAsync(mount, child => child.Exits(1));

        Assert.Equal("open", await mount.StateAsync("d/b"));
        Assert.True((await mount.LifeAsync()).IsAtRest);
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
    }

    /// <summary><c>pg_dump | gzip > file</c> without pipefail: the writer ends well, and the feeder as told.</summary>
    internal static async Task FedFileAsync(TestMount mount, string path, Action<FakeProcess> endFeeder)
    {
        var writer = mount.Observer.Start("gzip");
        var feeder = mount.Observer.Start("pg_dump");
        writer.FedBy(feeder);
        await mount.WriteFileAsync(path, "x", writer.Caller);
        writer.Exits(0);
        endFeeder(feeder);
        await mount.JudgedAsync();
    }

    private static void End(FakeProcess process, int signal, int status)
    {
        if (signal != 0)
        {
            process.IsKilled(signal);
        }
        else
        {
            process.Exits(status);
        }
    }

    /// <summary>A shell opens a file, its child inherits it, the shell ends well, and then the child ends as told.</summary>
    private static async Task InheritAsync(TestMount mount, Action<FakeProcess> endChild)
    {
        var shell = mount.Observer.Start("bash");
        var child = mount.Observer.Start("mysqldump");
        var file = (await mount.CreateAsync("d/b/log", shell.Caller)).Value;
        shell.IsExiting = true;
        await mount.Fs.FlushAsync(file, shell.Caller, CancellationToken.None);
        shell.Exits(0);
        await mount.JudgedAsync();
        child.IsExiting = true;
        await mount.CloseAsync(file, child.Caller);
        endChild(child);
        await mount.JudgedAsync();
    }
}
