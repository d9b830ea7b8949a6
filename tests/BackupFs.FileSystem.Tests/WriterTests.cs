namespace BackupFs.FileSystem.Tests;

/// <summary>What follows from how the processes end that write into a backup.</summary>
public sealed class WriterTests
{
    private static readonly FileSystemOptions Signals = new() { Writers = WriterPolicy.Signals };
    private static readonly FileSystemOptions Off = new() { Writers = WriterPolicy.Off };

    [Theory]
    [InlineData(9)]
    [InlineData(15)]
    [InlineData(13)]
    public async Task A_writer_killed_while_it_has_a_file_open_tears_the_file(int signal)
    {
        await using var mount = await TestMount.BegunAsync();
        var writer = mount.Observer.Start("cp");
        await mount.WriteFileAsync("d/b/whole", "x", writer.Caller);
        await DieWithOpenFileAsync(mount, writer, "d/b/file", process => process.IsKilled(signal));

        Assert.Equal("failed", await mount.StateAsync("d/b"));
        Assert.Equal(
            $"file is torn: cp (process 101): killed by signal {signal}, while it was writing the file",
            await mount.GetAsync("d/b", ControlAttributes.Error));
        Assert.Equal("<NoAttribute>", await mount.GetAsync("d/b/whole", ControlAttributes.Error));
        Assert.Equal(FsError.Io, await mount.EndAsync("d/b"));
        await mount.PassAsync(TimeSpan.FromHours(1));
        Assert.Equal("failed", await mount.StateAsync("d/b"));
    }

    [Fact]
    public async Task A_writer_that_fails_while_it_has_a_file_open_tears_the_file()
    {
        await using var mount = await TestMount.BegunAsync();
        var writer = mount.Observer.Start("tar");
        await DieWithOpenFileAsync(mount, writer, "d/b/file", process => process.Exits(2));

        Assert.Contains("file is torn: tar (process 101): exit status 2", await mount.GetAsync("d/b", ControlAttributes.Error), StringComparison.Ordinal);
        Assert.Equal(FsError.Io, await mount.EndAsync("d/b"));
    }

    [Fact]
    public async Task A_writer_that_ends_well_without_closing_tears_nothing()
    {
        await using var mount = await TestMount.BegunAsync();
        await DieWithOpenFileAsync(mount, mount.Observer.Start(), "d/b/file", process => process.Exits(0));

        Assert.True((await mount.LifeAsync()).IsAtRest);
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
    }

    [Fact]
    public async Task A_writer_that_ended_nobody_knows_how_tears_nothing_but_prevents_the_automatic_end()
    {
        await using var mount = await TestMount.BegunAsync();
        await DieWithOpenFileAsync(mount, mount.Observer.Start(), "d/b/file", process => process.Vanishes());

        await mount.PassAsync(TimeSpan.FromHours(1));
        Assert.Equal("open", await mount.StateAsync("d/b"));
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
    }

    [Fact]
    public async Task An_end_right_after_the_kill_already_knows_of_it()
    {
        await using var mount = await TestMount.BegunAsync(shownName: "b.partial");
        var writer = mount.Observer.Start("cp");
        var file = (await mount.CreateAsync("d/b.partial/file", writer.Caller)).Value;
        writer.IsExiting = true;
        await mount.CloseAsync(file, writer.Caller);
        mount.Observer.OnSettle = () => writer.IsKilled();

        Assert.Equal(FsError.Io, await mount.RenameAsync("d/b.partial", "d/b"));
    }

    [Fact]
    public async Task A_writer_killed_between_two_files_marks_the_backup()
    {
        await using var mount = await TestMount.BegunAsync();
        var writer = mount.Observer.Start("rsync");
        await mount.WriteFileAsync("d/b/file", "x", writer.Caller);
        writer.IsKilled();
        await mount.JudgedAsync();

        Assert.Equal("failed", await mount.StateAsync("d/b"));
        Assert.StartsWith("writer killed: rsync (process 101): killed by signal 9", await mount.GetAsync("d/b", ControlAttributes.Error), StringComparison.Ordinal);
        Assert.Equal(FsError.Io, await mount.EndAsync("d/b"));
        await mount.WriteFileAsync("d/b/file", "x");
        Assert.Equal(FsError.Io, await mount.EndAsync("d/b"));
        Assert.Equal(FsError.None, await mount.SetAsync("d/b", ControlAttributes.Accept, "1"));
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
        Assert.Contains("rsync", Assert.Single((await mount.ManifestAsync("d", "b"))!.Notes.Accepted), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_only_made_the_backups_directory_is_a_writer()
    {
        await using var mount = await TestMount.StartAsync();
        await mount.MkdirAsync("d");
        var script = mount.Observer.Start("backup.sh");
        await mount.MkdirAsync("d/b", script.Caller);
        await mount.WriteFileAsync("d/b/file", "x");
        script.IsKilled();
        await mount.JudgedAsync();

        Assert.Equal("failed", await mount.StateAsync("d/b"));
    }

    [Fact]
    public async Task A_rerun_of_the_same_command_to_a_good_end_clears_the_mark()
    {
        await using var mount = await TestMount.BegunAsync();
        var killed = mount.Observer.Start("rsync", "digest");
        await mount.WriteFileAsync("d/b/file", "x", killed.Caller);
        killed.IsKilled();
        await mount.JudgedAsync();
        var other = mount.Observer.Start("rsync", "another digest");
        await mount.WriteFileAsync("d/b/file", "x", other.Caller);
        other.Exits(0);
        await mount.JudgedAsync();
        Assert.Equal("failed", await mount.StateAsync("d/b"));

        var again = mount.Observer.Start("rsync", "digest");
        await mount.WriteFileAsync("d/b/file", "x", again.Caller);
        again.Exits(0);
        await mount.JudgedAsync();

        Assert.Equal("open", await mount.StateAsync("d/b"));
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
        Assert.Empty((await mount.ManifestAsync("d", "b"))!.Notes.Accepted);
    }

    [Fact]
    public async Task Commands_that_are_not_known_are_never_taken_for_the_same()
    {
        await using var mount = await TestMount.BegunAsync();
        var killed = mount.Observer.Start("rsync");
        await mount.WriteFileAsync("d/b/file", "x", killed.Caller);
        killed.IsKilled();
        await mount.JudgedAsync();
        var again = mount.Observer.Start("rsync");
        await mount.WriteFileAsync("d/b/file", "x", again.Caller);
        again.Exits(0);
        await mount.JudgedAsync();

        Assert.Equal("failed", await mount.StateAsync("d/b"));
    }

    [Fact]
    public async Task A_failure_after_everything_was_closed_prevents_the_automatic_end_and_is_noted()
    {
        await using var mount = await TestMount.BegunAsync();
        var writer = mount.Observer.Start("rsync");
        await mount.WriteFileAsync("d/b/file", "x", writer.Caller);
        writer.Exits(24);
        await mount.JudgedAsync();
        await mount.PassAsync(TimeSpan.FromHours(1));
        Assert.Equal("open", await mount.StateAsync("d/b"));

        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));

        Assert.Equal(new WriterNote("rsync", 101, "exit status 24"), Assert.Single((await mount.ManifestAsync("d", "b"))!.Notes.Writers));
        Assert.True(mount.Log.Says("complete, although rsync (process 101) ended with exit status 24"));
    }

    [Fact]
    public async Task A_rerun_to_a_good_end_clears_the_note()
    {
        await using var mount = await TestMount.BegunAsync();
        foreach (var status in new[] { 24, 0 })
        {
            var writer = mount.Observer.Start("rsync", "digest");
            await mount.WriteFileAsync("d/b/file", "x", writer.Caller);
            writer.Exits(status);
            await mount.JudgedAsync();
        }

        await mount.PassAsync(TimeSpan.FromHours(1));
        await Eventually.TrueAsync(() => mount.StateAsync("d/b").Result == "complete");
        Assert.Empty((await mount.ManifestAsync("d", "b"))!.Notes.Writers);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_torn_file_that_is_written_again_or_removed_is_torn_no_more(bool remove)
    {
        await using var mount = await TestMount.BegunAsync();
        await DieWithOpenFileAsync(mount, mount.Observer.Start(), "d/b/file", process => process.IsKilled());
        Assert.Equal("failed", await mount.StateAsync("d/b"));

        Assert.Equal(FsError.None, remove ? await mount.UnlinkAsync("d/b/file") : await mount.WriteFileAsync("d/b/file", "good"));

        Assert.Equal("open", await mount.StateAsync("d/b"));
        Assert.True((await mount.LifeAsync()).IsAtRest);
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
    }

    [Fact]
    public async Task Appending_to_a_torn_file_does_not_mend_it()
    {
        await using var mount = await TestMount.BegunAsync();
        await DieWithOpenFileAsync(mount, mount.Observer.Start(), "d/b/file", process => process.IsKilled());

        var file = (await mount.OpenAsync("d/b/file", FileAccessMode.Write)).Value;
        await mount.WriteAsync(file, "rest", 4);
        await mount.CloseAsync(file);

        Assert.Equal("failed", await mount.StateAsync("d/b"));
    }

    [Fact]
    public async Task A_torn_file_is_torn_under_its_new_name_too()
    {
        await using var mount = await TestMount.BegunAsync();
        await mount.MkdirAsync("d/b/sub");
        await DieWithOpenFileAsync(mount, mount.Observer.Start(), "d/b/sub/file", process => process.IsKilled());
        await mount.RenameAsync("d/b/sub/file", "d/b/sub/other");
        await mount.RenameAsync("d/b/sub", "d/b/moved");

        Assert.StartsWith("moved/other is torn", await mount.GetAsync("d/b/moved/other", ControlAttributes.Error), StringComparison.Ordinal);
        Assert.Equal(FsError.None, await mount.WriteFileAsync("d/b/moved/other", "good"));
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_learned_late_of_an_older_content_neither_tears_nor_marks(bool remove)
    {
        await using var mount = await TestMount.BegunAsync();
        var writer = mount.Observer.Start();
        var file = (await mount.CreateAsync("d/b/file", writer.Caller)).Value;
        writer.IsExiting = true;
        await mount.CloseAsync(file, writer.Caller);

        if (remove)
        {
            await mount.UnlinkAsync("d/b/file");
        }

        await mount.WriteFileAsync("d/b/file", "good");
        writer.IsKilled();
        await mount.JudgedAsync();

        Assert.Equal("open", await mount.StateAsync("d/b"));
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
    }

    [Fact]
    public async Task An_unlinked_file_is_not_part_of_the_backup_so_its_killed_writer_marks_instead()
    {
        await using var mount = await TestMount.BegunAsync();
        var writer = mount.Observer.Start("sort");
        var scratch = (await mount.CreateAsync("d/b/scratch", writer.Caller)).Value;
        await mount.UnlinkAsync("d/b/scratch");
        writer.IsExiting = true;
        await mount.CloseAsync(scratch, writer.Caller);
        writer.IsKilled();
        await mount.JudgedAsync();

        Assert.StartsWith("writer killed: sort", await mount.GetAsync("d/b", ControlAttributes.Error), StringComparison.Ordinal);
        Assert.True((await mount.LifeAsync()).IsAtRest);
    }

    [Fact]
    public async Task A_torn_file_can_be_accepted_by_itself_by_its_directory_or_with_the_backup()
    {
        foreach (var accepted in new[] { "d/b/sub/file", "d/b/sub", "d/b" })
        {
            await using var mount = await TestMount.BegunAsync();
            await mount.MkdirAsync("d/b/sub");
            await mount.MkdirAsync("d/b/su");
            await DieWithOpenFileAsync(mount, mount.Observer.Start("cp"), "d/b/sub/file", process => process.IsKilled());

            Assert.Equal(FsError.None, await mount.SetAsync("d/b/su", ControlAttributes.Accept, "1"));
            Assert.Equal("failed", await mount.StateAsync("d/b"));
            Assert.Equal(FsError.None, await mount.SetAsync(accepted, ControlAttributes.Accept, "1"));
            Assert.Equal("open", await mount.StateAsync("d/b"));
            Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
            Assert.StartsWith("sub/file: cp (process 101)", Assert.Single((await mount.ManifestAsync("d", "b"))!.Notes.Accepted), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Errors_of_the_storage_cannot_be_accepted()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.BegunAsync(faults: faults);
        faults.Fail("File.Write", StorageErrorKind.Io, times: 1);
        await mount.WriteFileAsync("d/b/file", "x");

        await mount.SetAsync("d/b", ControlAttributes.Accept, "1");
        Assert.Equal(FsError.Io, await mount.EndAsync("d/b"));
    }

    [Fact]
    public async Task With_writers_signals_exit_statuses_do_not_count_and_signals_do()
    {
        await using var mount = await TestMount.BegunAsync(Signals);
        await DieWithOpenFileAsync(mount, mount.Observer.Start(), "d/b/one", process => process.Exits(1));
        var closed = mount.Observer.Start();
        await mount.WriteFileAsync("d/b/two", "x", closed.Caller);
        closed.Exits(1);
        await FeederTests.FedFileAsync(mount, "d/b/three", feeder => feeder.Exits(1));
        Assert.Equal("open", await mount.StateAsync("d/b"));
        Assert.True((await mount.LifeAsync()).IsAtRest);

        await DieWithOpenFileAsync(mount, mount.Observer.Start(), "d/b/four", process => process.IsKilled());
        Assert.Equal("failed", await mount.StateAsync("d/b"));
    }

    [Fact]
    public async Task With_writers_off_nobody_is_watched()
    {
        await using var mount = await TestMount.BegunAsync(Off);
        var writer = mount.Observer.Start();
        var file = (await mount.CreateAsync("d/b/file", writer.Caller)).Value;
        writer.IsExiting = true;
        await mount.CloseAsync(file, writer.Caller);
        writer.IsKilled();

        Assert.True((await mount.LifeAsync()).IsAtRest);
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
    }

    [Fact]
    public async Task What_is_torn_is_remembered_for_a_later_resume()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.BegunAsync(faults: faults);
        await DieWithOpenFileAsync(mount, mount.Observer.Start(), "d/b/file", process => process.IsKilled());
        var killed = mount.Observer.Start();
        await mount.WriteFileAsync("d/b/whole", "x", killed.Caller);
        killed.IsKilled();
        await mount.JudgedAsync();
        await mount.Fs.DrainAsync(isFinal: true, CancellationToken.None);

        await using var next = await mount.AnotherAsync();
        Assert.Equal(FsError.None, await next.SetAsync("d", ControlAttributes.Resume, "b"));
        Assert.Equal("failed", await next.StateAsync("d/b.partial"));
        var problems = await next.GetAsync("d/b.partial", ControlAttributes.Error);
        Assert.Contains("file is torn", problems, StringComparison.Ordinal);
        Assert.Contains("writer killed", problems, StringComparison.Ordinal);
        Assert.DoesNotContain("whole", problems, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_left_of_many_writers_after_all_is_over()
    {
        await using var mount = await TestMount.BegunAsync();
        var life = await mount.LifeAsync();
        await Task.WhenAll(Enumerable.Range(0, 64).Select(number => Task.Run(async () =>
        {
            var feeder = mount.Observer.Start("feeder");
            var writer = mount.Observer.Start("writer").FedBy(feeder);
            for (var file = 0; file < 20; file++)
            {
                Assert.Equal(FsError.None, await mount.WriteFileAsync($"d/b/{number}.{file}", "x", writer.Caller));
            }

            feeder.Exits(0);
            writer.Exits(0);
        })));
        await mount.JudgedAsync();

        Assert.True(life.IsAtRest);
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
        Assert.Equal(1, mount.Fs.Inodes.Count);
    }

    private static async Task DieWithOpenFileAsync(TestMount mount, FakeProcess writer, string path, Action<FakeProcess> die)
    {
        var file = (await mount.CreateAsync(path, writer.Caller)).Value;
        await mount.WriteAsync(file, "half");
        writer.IsExiting = true;
        await mount.CloseAsync(file, writer.Caller);
        die(writer);
        await mount.JudgedAsync();
    }
}
