namespace BackupFs.FileSystem.Tests;

/// <summary>Backups that end because nothing happens any more, and those that do not.</summary>
public sealed class IdleEndTests
{
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    [Fact]
    public async Task A_whole_backup_ends_by_itself_after_the_settle_time_and_not_before()
    {
        await using var mount = await TestMount.BegunAsync();
        await mount.WriteFileAsync("d/b/file", "x");
        var known = await mount.LookupAsync("d");

        await mount.PassAsync(Settle - Moment);
        Assert.Equal("open", await mount.StateAsync("d/b"));
        mount.Time.Advance(Moment);

        await BecomesCompleteAsync(mount);
        await Eventually.TrueAsync(() => mount.Listener.Names.Contains((known.Value.Inode.Number, "b")));
        Assert.True(mount.Log.Says("complete (idle)"));
    }

    [Fact]
    public async Task The_watch_runs_by_itself()
    {
        await using var mount = await TestMount.BegunAsync(new FileSystemOptions { SettleTime = TimeSpan.FromSeconds(2) });
        await mount.WriteFileAsync("d/b/file", "x");

        await Eventually.TrueAsync(() =>
        {
            mount.Time.Advance(TimeSpan.FromMilliseconds(500));
            return mount.StateAsync("d/b").Result == "complete";
        });
    }

    [Fact]
    public async Task Every_change_begins_the_settle_time_anew()
    {
        await using var mount = await TestMount.BegunAsync();
        await mount.WriteFileAsync("d/b/file", "x");
        await mount.PassAsync(Settle - Moment);
        await mount.MkdirAsync("d/b/sub");

        await mount.PassAsync(Settle - Moment);
        Assert.Equal("open", await mount.StateAsync("d/b"));
        mount.Time.Advance(Moment);
        await BecomesCompleteAsync(mount);
    }

    [Fact]
    public async Task A_backup_without_a_file_does_not_end()
    {
        await using var mount = await TestMount.BegunAsync();
        await mount.MkdirAsync("d/b/sub");

        await StaysOpenAsync(mount);
    }

    [Fact]
    public async Task A_backup_whose_files_were_all_removed_does_not_end()
    {
        await using var mount = await TestMount.BegunAsync();
        await mount.WriteFileAsync("d/b/one", "x");
        await mount.LinkAsync("d/b/one", "d/b/two");
        await mount.SymlinkAsync("d/b/three", "one");
        await mount.WriteFileAsync("d/b/four", "x");
        await mount.RenameAsync("d/b/four", "d/b/three");
        await mount.UnlinkAsync("d/b/one");
        await mount.UnlinkAsync("d/b/two");
        await mount.UnlinkAsync("d/b/three");

        await StaysOpenAsync(mount);
    }

    [Fact]
    public async Task A_single_symbolic_link_is_a_file_too()
    {
        await using var mount = await TestMount.BegunAsync();
        await mount.SymlinkAsync("d/b/link", "elsewhere");

        mount.Time.Advance(Settle);
        await BecomesCompleteAsync(mount);
    }

    [Fact]
    public async Task A_backup_with_an_open_file_does_not_end()
    {
        await using var mount = await TestMount.BegunAsync();
        var file = (await mount.CreateAsync("d/b/file")).Value;

        await StaysOpenAsync(mount);

        await mount.CloseAsync(file);
        mount.Time.Advance(Settle);
        await BecomesCompleteAsync(mount);
    }

    [Fact]
    public async Task A_partial_backup_never_ends_by_itself()
    {
        await using var mount = await TestMount.BegunAsync(shownName: "b.partial");
        await mount.WriteFileAsync("d/b.partial/file", "x");

        await mount.PassAsync(Settle * 100);

        Assert.Equal("open", await mount.StateAsync("d/b.partial"));
    }

    [Theory]
    [InlineData(EndPolicy.Manual)]
    [InlineData(EndPolicy.Fsync)]
    public async Task With_another_end_policy_no_backup_ends_by_itself(EndPolicy policy)
    {
        await using var mount = await TestMount.BegunAsync(new FileSystemOptions { End = policy });
        await mount.WriteFileAsync("d/b/file", "x");

        await StaysOpenAsync(mount);
    }

    [Fact]
    public async Task A_writer_that_lives_on_is_waited_for_ten_settle_times()
    {
        await using var mount = await TestMount.BegunAsync();
        var shell = mount.Observer.Start("bash");
        await mount.WriteFileAsync("d/b/file", "x", shell.Caller);

        await mount.PassAsync(Settle * 10 - Moment);
        Assert.Equal("open", await mount.StateAsync("d/b"));
        Assert.Contains("bash", await mount.GetAsync("d/b", ControlAttributes.Status), StringComparison.Ordinal);
        mount.Time.Advance(Moment);
        await BecomesCompleteAsync(mount);
    }

    [Fact]
    public async Task Once_its_writers_have_ended_well_a_backup_ends_after_one_settle_time()
    {
        await using var mount = await TestMount.BegunAsync();
        var one = mount.Observer.Start();
        var other = mount.Observer.Start();
        await mount.MkdirAsync("d/b/sub", other.Caller);
        await mount.WriteFileAsync("d/b/file", "x", one.Caller);
        one.Exits(0);
        await mount.PassAsync(Settle * 2);
        Assert.Equal("open", await mount.StateAsync("d/b"));

        other.Exits(0);
        await mount.JudgedAsync();
        await mount.Fs.WatchOnceAsync(CancellationToken.None);
        await BecomesCompleteAsync(mount);
    }

    [Fact]
    public async Task A_writer_that_is_found_to_have_failed_only_at_the_end_prevents_it()
    {
        await using var mount = await TestMount.BegunAsync();
        var writer = mount.Observer.Start("rsync");
        await mount.WriteFileAsync("d/b/file", "x", writer.Caller);
        var settled = false;
        mount.Observer.OnSettle = () =>
        {
            if (!settled)
            {
                settled = true;
                writer.Exits(24);
            }
        };

        mount.Time.Advance(Settle * 10);
        await Eventually.TrueAsync(() => settled);
        await mount.JudgedAsync();
        await StaysOpenAsync(mount);
        Assert.Contains("rsync (process 101) ended with exit status 24", await mount.GetAsync("d/b", ControlAttributes.Status), StringComparison.Ordinal);
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
    }

    [Fact]
    public async Task A_failed_file_prevents_the_end()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.BegunAsync(faults: faults);
        faults.Fail("File.Write", StorageErrorKind.NoSpace);
        Assert.Equal(FsError.NoSpace, await mount.WriteFileAsync("d/b/file", "x"));

        await mount.PassAsync(Settle * 100);
        Assert.Equal("failed", await mount.StateAsync("d/b"));
    }

    [Fact]
    public async Task An_end_that_fails_is_tried_again_after_the_settle_time()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.BegunAsync(faults: faults);
        await mount.WriteFileAsync("d/b/file", "x");
        faults.Fail("Handle.EndBackup", StorageErrorKind.Unavailable, times: 1);

        mount.Time.Advance(Settle);
        await Eventually.TrueAsync(() => mount.Log.Says("injected into Handle.EndBackup"));
        await Eventually.TrueAsync(() => mount.StateAsync("d/b").Result == "open");
        mount.Time.Advance(Settle);
        await BecomesCompleteAsync(mount);
    }

    [Fact]
    public async Task A_create_meets_an_automatic_end_either_before_or_after_it_but_is_never_refused_as_busy_without_one()
    {
        await using var mount = await TestMount.BegunAsync();
        await mount.WriteFileAsync("d/b/file", "x");
        var open = (await mount.CreateAsync("d/b/second")).Value;
        mount.Time.Advance(Settle);

        var life = await mount.LifeAsync();
        Assert.Null(life.EndByItselfAsync(Settle, Settle, bystanders: []));
        Assert.Equal(FsError.None, await mount.WriteFileAsync("d/b/third", "x"));
        await mount.CloseAsync(open);
    }

    private static async Task StaysOpenAsync(TestMount mount)
    {
        await mount.PassAsync(Settle * 100);
        Assert.Equal("open", await mount.StateAsync("d/b"));
    }

    private static Task BecomesCompleteAsync(TestMount mount) => Eventually.TrueAsync(() =>
    {
        mount.Fs.WatchOnceAsync(CancellationToken.None).Wait();
        return mount.StateAsync("d/b").Result == "complete";
    });
}
