namespace BackupFs.FileSystem.Tests.Slow;

/// <summary>Ending, aborting and removing backups over a storage that takes its time.</summary>
public sealed class SlowEndTests
{
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(30);
    private static readonly FileSystemOptions Allowed = new() { AllowRemove = true };

    [Fact]
    public async Task An_idle_backup_ends_while_the_end_of_another_takes_long()
    {
        var faults = new FaultPlan();
        await using var mount = await TwoBackupsAsync(faults);
        var stall = new Stall(faults, "Handle.EndBackup", "d/b");

        mount.Time.Advance(Settle);

        await Eventually.TrueAsync(() =>
        {
            mount.Time.Advance(TimeSpan.FromSeconds(1));
            return mount.StateAsync("d/c").Result == "complete";
        });
        await stall.HitAsync();
        Assert.Equal("ending", await mount.StateAsync("d/b"));
        stall.Over();
        await Eventually.TrueAsync(() => mount.StateAsync("d/b").Result == "complete");
    }

    [Fact]
    public async Task A_drain_ends_all_backups_at_the_same_time_and_waits_for_those_that_are_ending()
    {
        var faults = new FaultPlan();
        await using var mount = await TwoBackupsAsync(faults);
        var stall = new Stall(faults, "Handle.EndBackup");
        var explicitly = mount.EndAsync("d/b");
        await stall.HitAsync();

        var draining = mount.Fs.DrainAsync(isFinal: true, CancellationToken.None);
        await stall.HitAsync(2);
        stall.Over();

        var report = await Eventually.InTimeAsync(draining);
        Assert.Equal(["d/b", "d/c"], report.Completed);
        Assert.Empty(report.Incomplete);
        Assert.Equal(FsError.None, await Eventually.InTimeAsync(explicitly));
    }

    [Fact]
    public async Task A_drain_waits_for_a_file_that_is_being_stored()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowBegunAsync(faults);
        var file = (await mount.CreateAsync("d/b/file")).Value;
        await mount.WriteAsync(file, "text");
        var stall = new Stall(faults, "File.Flush");
        var closing = mount.CloseAsync(file);
        await stall.HitAsync();

        var draining = mount.Fs.DrainAsync(isFinal: true, CancellationToken.None);
        mount.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.False(draining.IsCompleted);
        stall.Over();

        Assert.Equal(FsError.None, await Eventually.InTimeAsync(closing));
        Assert.Equal(["d/b"], (await mount.PassUntilAsync(draining)).Completed);
    }

    [Fact]
    public async Task Disposing_waits_for_an_end_whose_caller_was_interrupted()
    {
        var faults = new FaultPlan();
        var mount = await TestMount.SlowBegunAsync(faults, shownName: "b.partial");
        await mount.WriteFileAsync("d/b.partial/file", "x");
        var directory = await mount.DirectoryAsync();
        var stall = new Stall(faults, "Handle.EndBackup");
        using var interrupt = new CancellationTokenSource();
        var renaming = mount.Fs.RenameAsync(
            directory, "b.partial", directory, "b", RenameMode.Replace, TestMount.Nobody, interrupt.Token).AsTask();
        await stall.HitAsync();
        await interrupt.CancelAsync();
        Assert.Equal(FsError.Interrupted, await Eventually.InTimeAsync(renaming));

        var disposing = mount.DisposeAsync().AsTask();
        Assert.False(disposing.IsCompleted);
        stall.Over();

        await Eventually.InTimeAsync(disposing);
        await using var again = await TestMount.SlowAsync(new FaultPlan(), store: mount.Store);
        Assert.Equal("complete", await again.StateAsync("d/b"));
    }

    [Fact]
    public async Task An_interrupted_removal_goes_on_and_the_name_vanishes()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowCompleteAsync(faults, Allowed);
        var directory = await mount.DirectoryAsync();
        Assert.Equal(FsError.None, await mount.UnlinkAsync("d/b/file"));
        var stall = new Stall(faults, "Storage.RemoveBackup");
        using var interrupt = new CancellationTokenSource();
        var removing = mount.Fs.RmdirAsync(directory, "b", TestMount.Nobody, interrupt.Token).AsTask();
        await stall.HitAsync();

        await interrupt.CancelAsync();
        Assert.Equal(FsError.Interrupted, await Eventually.InTimeAsync(removing));

        // Whoever asks meanwhile waits for the same removal; the watch does not take it for one that nobody finishes.
        var again = mount.RmdirAsync("d/b");
        await mount.PassAsync(Settle * 2);
        Assert.Empty(await mount.ListAsync("d/b"));
        stall.Over();

        Assert.Equal(FsError.None, await Eventually.InTimeAsync(again));
        Assert.Equal(1, faults.CallsOf("Storage.RemoveBackup"));
        await Eventually.TrueAsync(() => mount.Listener.Names.Contains((directory.Number, "b")));
        Assert.Equal(FsError.NotFound, await mount.ExistsAsync("d/b"));
        mount.Fs.Forget(directory, 1);
        Assert.True(mount.Fs.HasNothingInHand);
    }

    [Fact]
    public async Task A_directory_outlives_the_last_backup_in_it()
    {
        var store = new MemoryStore(realDirectories: false);
        store.PlantForeign("d", "b", new Dictionary<string, byte[]> { ["file"] = [1] });
        await using var mount = await TestMount.SlowAsync(new FaultPlan(), Allowed with { DirectoryLevels = 1 }, store);

        Assert.Equal(FsError.None, await mount.UnlinkAsync("d/b/file"));
        Assert.Equal(FsError.None, await mount.RmdirAsync("d/b"));
        Assert.Equal(FsError.None, await mount.ExistsAsync("d"));
        Assert.Equal(FsError.None, await mount.RmdirAsync("d"));
        Assert.Equal(FsError.NotFound, await mount.ExistsAsync("d"));
    }

    [Fact]
    public async Task While_one_backup_is_being_removed_the_others_are_there()
    {
        var faults = new FaultPlan();
        await using var mount = await TwoBackupsAsync(faults);
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
        var stall = new Stall(faults, "Storage.RemoveBackup");
        var removing = mount.SetAsync("d", ControlAttributes.Remove, "b");
        await stall.HitAsync();

        Assert.Equal(FsError.None, await mount.WriteFileAsync("d/c/more", "x"));
        Assert.Equal(FsError.None, await mount.EndAsync("d/c"));
        Assert.Equal("x", await mount.ReadFileAsync("d/c/more"));
        stall.Over();

        Assert.Equal(FsError.None, await Eventually.InTimeAsync(removing));
        Assert.Equal(["c"], await mount.ListAsync("d"));
    }

    [Fact]
    public async Task An_interrupted_abort_goes_on_and_the_name_is_free_afterwards()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowBegunAsync(faults);
        var root = await mount.LookupAsync("d/b");
        var directory = await mount.DirectoryAsync();
        var stall = new Stall(faults, "Handle.AbortBackup");
        using var interrupt = new CancellationTokenSource();
        var aborting = mount.Fs.SetxattrAsync(
            root.Value.Inode, ControlAttributes.State, "aborted"u8.ToArray(), AttributeSetMode.CreateOrReplace, TestMount.Nobody, interrupt.Token).AsTask();
        await stall.HitAsync();

        await interrupt.CancelAsync();
        Assert.Equal(FsError.Interrupted, await Eventually.InTimeAsync(aborting));
        stall.Over();

        await Eventually.TrueAsync(() => mount.Listener.Names.Contains((directory.Number, "b")));
        mount.Fs.Forget(root.Value.Inode, 1);
        mount.Fs.Forget(directory, 1);
        Assert.Equal(FsError.None, await mount.MkdirAsync("d/b"));
    }

    [Fact]
    public async Task An_abort_that_the_storage_gives_up_can_be_repeated()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowBegunAsync(faults);
        faults.Add(new Fault { Operation = "Handle.AbortBackup", Until = Task.FromCanceled(new CancellationToken(true)), Times = 1 });

        Assert.Equal(FsError.Io, await mount.RmdirAsync("d/b"));
        Assert.Equal("failed", await mount.StateAsync("d/b"));
        Assert.Equal(FsError.None, await mount.RmdirAsync("d/b"));
    }

    private static async Task<TestMount> TwoBackupsAsync(FaultPlan faults)
    {
        var mount = await TestMount.SlowBegunAsync(faults, Allowed);
        await mount.MkdirAsync("d/c");
        Assert.Equal(FsError.None, await mount.WriteFileAsync("d/b/file", "x"));
        Assert.Equal(FsError.None, await mount.WriteFileAsync("d/c/file", "x"));
        return mount;
    }
}
