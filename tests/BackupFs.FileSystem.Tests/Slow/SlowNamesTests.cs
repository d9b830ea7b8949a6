namespace BackupFs.FileSystem.Tests.Slow;

/// <summary>Names of backups over a storage that takes its time: asked for once, never told wrongly, given up when interrupted.</summary>
public sealed class SlowNamesTests
{
    private const int Callers = 50;

    [Fact]
    public async Task Lookups_of_one_name_at_the_same_time_ask_once()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowCompleteAsync(faults);
        var directory = await mount.DirectoryAsync();
        var stall = new Stall(faults, "Storage.FindBackup");
        var before = faults.CallsOf("Storage.FindBackup");

        var lookups = Enumerable.Range(0, Callers)
            .Select(_ => mount.Fs.LookupAsync(directory, "b", CancellationToken.None).AsTask()).ToArray();
        await stall.HitAsync();
        stall.Over();
        var found = await Eventually.InTimeAsync(Task.WhenAll(lookups));

        Assert.Equal(1, faults.CallsOf("Storage.FindBackup") - before);
        var inode = Assert.Single(found.Select(each => each.Value.Inode).Distinct());
        mount.Fs.Forget(inode, Callers);
        mount.Fs.Forget(directory, 1);
        Assert.Equal(1, mount.Fs.Inodes.Count);
        Assert.True(mount.Fs.HasNothingInHand);
    }

    [Fact]
    public async Task Getting_the_attributes_of_a_directory_at_the_same_time_asks_once()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowAsync(faults);
        var stall = new Stall(faults, "Storage.GetDirectoryAttributes");

        var gets = Enumerable.Range(0, Callers)
            .Select(_ => mount.Fs.GetAttributesAsync(mount.Fs.Inodes.Root, null, CancellationToken.None).AsTask()).ToArray();
        await stall.HitAsync();
        stall.Over();

        Assert.All(await Eventually.InTimeAsync(Task.WhenAll(gets)), got => Assert.True(got.IsOk));
        Assert.Equal(1, faults.CallsOf("Storage.GetDirectoryAttributes"));
    }

    [Fact]
    public async Task An_interrupted_lookup_stops_waiting_and_the_others_go_on()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowCompleteAsync(faults);
        var directory = await mount.DirectoryAsync();
        var stall = new Stall(faults, "Storage.FindBackup", times: 1);
        using var interrupt = new CancellationTokenSource();
        var interrupted = mount.Fs.LookupAsync(directory, "b", interrupt.Token).AsTask();
        var patient = mount.Fs.LookupAsync(directory, "b", CancellationToken.None).AsTask();
        await stall.HitAsync();

        await interrupt.CancelAsync();

        Assert.Equal(FsError.Interrupted, (await Eventually.InTimeAsync(interrupted)).Error);
        Assert.False(patient.IsCompleted);
        stall.Over();
        mount.Fs.Forget((await Eventually.InTimeAsync(patient)).Value.Inode, 1);
        mount.Fs.Forget(directory, 1);
        Assert.True(mount.Fs.HasNothingInHand);
    }

    [Fact]
    public async Task When_nobody_waits_any_more_the_storage_is_told_and_the_next_lookup_asks_anew()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowCompleteAsync(faults);
        var directory = await mount.DirectoryAsync();
        var stall = new Stall(faults, "Storage.FindBackup", times: 1);
        using var interrupt = new CancellationTokenSource();
        var interrupted = mount.Fs.LookupAsync(directory, "b", interrupt.Token).AsTask();
        await stall.HitAsync();
        await interrupt.CancelAsync();
        Assert.Equal(FsError.Interrupted, (await Eventually.InTimeAsync(interrupted)).Error);

        // The stall is not over: this one would hang if it joined the call that was given up.
        mount.Fs.Forget((await Eventually.InTimeAsync(mount.Fs.LookupAsync(directory, "b", CancellationToken.None).AsTask())).Value.Inode, 1);

        mount.Fs.Forget(directory, 1);
        Assert.True(mount.Fs.HasNothingInHand);
    }

    [Fact]
    public async Task A_backup_that_is_removed_while_it_is_looked_up_is_not_found()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowCompleteAsync(faults, new FileSystemOptions { AllowRemove = true });
        var directory = await mount.DirectoryAsync();
        var removal = new Stall(faults, "Storage.RemoveBackup");
        var removing = mount.SetAsync("d", ControlAttributes.Remove, "b");
        await removal.HitAsync();
        var stall = new Stall(faults, "Storage.FindBackup", late: true, times: 1);
        var lookup = mount.Fs.LookupAsync(directory, "b", CancellationToken.None).AsTask();
        await stall.HitAsync();

        removal.Over();
        Assert.Equal(FsError.None, await Eventually.InTimeAsync(removing));
        stall.Over();

        Assert.Equal(FsError.NotFound, (await Eventually.InTimeAsync(lookup)).Error);
        mount.Fs.Forget(directory, 1);
        Assert.True(mount.Fs.HasNothingInHand);
    }

    [Fact]
    public async Task A_backup_that_is_started_while_its_name_is_looked_up_is_found()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowAsync(faults);
        await mount.MkdirAsync("d");
        var directory = await mount.DirectoryAsync();
        var stall = new Stall(faults, "Storage.FindBackup", late: true, times: 1);
        var lookup = mount.Fs.LookupAsync(directory, "b", CancellationToken.None).AsTask();
        await stall.HitAsync();

        Assert.Equal(FsError.None, await mount.MkdirAsync("d/b"));
        stall.Over();

        var found = await Eventually.InTimeAsync(lookup);
        Assert.True(found.IsOk);
        mount.Fs.Forget(found.Value.Inode, 1);
        mount.Fs.Forget(directory, 1);
    }

    [Fact]
    public async Task An_interrupted_mkdir_leaves_nothing_and_the_next_one_waits_for_that()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowAsync(faults);
        await mount.MkdirAsync("d");
        var directory = await mount.DirectoryAsync();
        var stall = new Stall(faults, "Storage.StartBackup", times: 1);
        using var interrupt = new CancellationTokenSource();
        var making = mount.Fs.MkdirAsync(directory, "b", new NewEntry(0x1ED), TestMount.Nobody, interrupt.Token).AsTask();
        await stall.HitAsync();

        await interrupt.CancelAsync();
        Assert.Equal(FsError.Interrupted, (await Eventually.InTimeAsync(making)).Error);
        Assert.Empty(await mount.ListAsync("d"));
        var again = mount.MkdirAsync("d/b");
        Assert.False(again.IsCompleted);
        stall.Over();

        Assert.Equal(FsError.None, await Eventually.InTimeAsync(again));
        Assert.Equal(1, faults.CallsOf("Handle.AbortBackup"));
        Assert.Equal(FsError.None, await mount.WriteFileAsync("d/b/file", "x"));
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
        mount.Fs.Forget(directory, 1);
    }

    [Fact]
    public async Task A_directory_is_not_removed_while_a_backup_is_started_in_it()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowAsync(faults);
        await mount.MkdirAsync("d");
        var stall = new Stall(faults, "Storage.StartBackup");
        var making = mount.MkdirAsync("d/b");
        await stall.HitAsync();

        Assert.Equal(FsError.NotEmpty, await mount.RmdirAsync("d"));
        stall.Over();

        Assert.Equal(FsError.None, await Eventually.InTimeAsync(making));
        Assert.Equal(FsError.None, await mount.ExistsAsync("d/b"));
    }

    [Fact]
    public async Task A_backup_that_is_started_while_a_directory_is_being_removed_keeps_it()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowAsync(faults);
        await mount.MkdirAsync("d");
        var stall = new Stall(faults, "Storage.ListDirectories", late: true);
        var removing = mount.RmdirAsync("d");
        await stall.HitAsync();

        Assert.Equal(FsError.None, await mount.MkdirAsync("d/b"));
        stall.Over();

        Assert.Equal(FsError.NotEmpty, await Eventually.InTimeAsync(removing));
        Assert.Equal(FsError.None, await mount.ExistsAsync("d/b"));
    }

    [Fact]
    public async Task What_another_host_does_is_seen_by_the_next_lookup()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowCompleteAsync(faults, new FileSystemOptions { AllowRemove = true });
        await using var other = await TestMount.SlowAsync(new FaultPlan(), new FileSystemOptions { AllowRemove = true }, mount.Store);
        var kept = await mount.LookupAsync("d/b");

        Assert.Equal(FsError.None, await other.SetAsync("d", ControlAttributes.Remove, "b"));
        Assert.Equal(FsError.NotFound, await mount.ExistsAsync("d/b"));
        await Task.Delay(2);
        Assert.Equal(FsError.None, await other.MkdirAsync("d/b"));
        Assert.Equal(FsError.None, await other.WriteFileAsync("d/b/file", "new"));
        Assert.Equal(FsError.NotFound, await mount.ExistsAsync("d/b"));
        Assert.Equal(FsError.None, await other.EndAsync("d/b"));

        Assert.Equal("new", await mount.ReadFileAsync("d/b/file"));
        var found = await mount.LookupAsync("d/b");
        Assert.NotSame(kept.Value.Inode, found.Value.Inode);
        Assert.InRange(found.Value.Lifetime, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        mount.Fs.Forget(kept.Value.Inode, 1);
        mount.Fs.Forget(found.Value.Inode, 1);
        Assert.True(mount.Fs.HasNothingInHand);
    }
}
