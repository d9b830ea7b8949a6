namespace BackupFs.FileSystem.Tests.Slow;

/// <summary>Listing over a storage that takes its time: few requests, and as of one moment.</summary>
public sealed class SlowListingTests
{
    private static readonly FileSystemOptions Allowed = new() { AllowRemove = true };

    [Fact]
    public async Task Listing_a_thousand_backups_asks_once_and_knows_their_kinds_and_numbers()
    {
        const int Many = 1000;
        var faults = new FaultPlan();
        var store = new MemoryStore(realDirectories: false);
        for (var number = 0; number < Many; number++)
        {
            store.PlantForeign("d", $"b{number:D4}", new Dictionary<string, byte[]> { ["file"] = [1] });
        }

        await using var mount = await TestMount.SlowAsync(faults, new FileSystemOptions { DirectoryLevels = 1, ShowIncomplete = true }, store);
        await mount.MkdirAsync("d/mine.partial");
        var directory = await mount.DirectoryAsync();
        var before = Requests(faults);
        var open = mount.Fs.Opendir(directory).Value;

        var names = (await mount.Fs.ReaddirAsync(open, fromStart: true, CancellationToken.None)).Value;
        await mount.Fs.ReaddirAsync(open, fromStart: false, CancellationToken.None);
        var known = names.Select(name => mount.Fs.LookupKnown(directory, name.Name)).ToArray();

        Assert.Equal(Many + 1, names.Count);
        Assert.Equal((1, 1, 0, 0), Requests(faults, before));
        Assert.All(names, name => Assert.Equal(EntryType.Directory, name.Type));
        var mine = Assert.Single(known, entry => entry.IsOk);
        Assert.Equal(names.Single(name => name.Name == "mine.partial").FileId, mine.Value.Attributes.FileId);
        Assert.Equal(names[0].FileId, (await mount.StatAsync("d/b0000")).Value.FileId);
        mount.Fs.Forget(mine.Value.Inode, 1);
        mount.Fs.Releasedir(open);
        mount.Fs.Forget(directory, 1);

        static (int, int, int, int) Requests(FaultPlan faults, (int Lists, int Incomplete, int Finds, int Roots) before = default) => (
            faults.CallsOf("Storage.ListBackups") - before.Lists,
            faults.CallsOf("Storage.ListIncomplete") - before.Incomplete,
            faults.CallsOf("Storage.FindBackup") - before.Finds,
            faults.CallsOf("Storage.GetDirectoryAttributes") - before.Roots);
    }

    [Fact]
    public async Task Complete_and_incomplete_backups_are_asked_for_at_the_same_time()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowCompleteAsync(faults, new FileSystemOptions { ShowIncomplete = true });
        var complete = new Stall(faults, "Storage.ListBackups");
        var incomplete = new Stall(faults, "Storage.ListIncomplete");

        var listing = mount.ListAsync("d");
        await complete.HitAsync();
        await incomplete.HitAsync();
        complete.Over();
        incomplete.Over();

        Assert.Equal(["b"], await Eventually.InTimeAsync(listing));
    }

    [Theory]
    [InlineData("b")]
    [InlineData("b.partial")]
    public async Task A_backup_that_ends_while_its_directory_is_listed_is_listed_once(string shownName)
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowBegunAsync(faults, shownName: shownName);
        await mount.WriteFileAsync($"d/{shownName}/file", "x");
        var stall = new Stall(faults, "Storage.ListBackups", late: true);
        var listing = mount.ListAsync("d");
        await stall.HitAsync();

        Assert.Equal(FsError.None, await mount.EndAsync("d/" + shownName));
        stall.Over();

        Assert.Equal(["b"], await Eventually.InTimeAsync(listing));
    }

    [Fact]
    public async Task A_backup_that_is_removed_while_its_directory_is_listed_is_not_listed()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowCompleteAsync(faults, Allowed);
        var stall = new Stall(faults, "Storage.ListBackups", late: true);
        var listing = mount.ListAsync("d");
        await stall.HitAsync();

        Assert.Equal(FsError.None, await mount.SetAsync("d", ControlAttributes.Remove, "b"));
        stall.Over();

        Assert.Empty(await Eventually.InTimeAsync(listing));
    }

    [Fact]
    public async Task An_interrupted_listing_stops_waiting()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowCompleteAsync(faults);
        var directory = await mount.DirectoryAsync();
        var stall = new Stall(faults, "Storage.ListBackups", times: 1);
        using var interrupt = new CancellationTokenSource();
        var open = mount.Fs.Opendir(directory).Value;
        var listing = mount.Fs.ReaddirAsync(open, fromStart: true, interrupt.Token).AsTask();
        await stall.HitAsync();

        await interrupt.CancelAsync();

        Assert.Equal(FsError.Interrupted, (await Eventually.InTimeAsync(listing)).Error);
        Assert.Single((await mount.Fs.ReaddirAsync(open, fromStart: true, CancellationToken.None)).Value);
        mount.Fs.Releasedir(open);
        mount.Fs.Forget(directory, 1);
    }
}
