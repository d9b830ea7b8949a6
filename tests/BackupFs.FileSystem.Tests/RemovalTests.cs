namespace BackupFs.FileSystem.Tests;

/// <summary>rm -r of open and of complete backups.</summary>
public sealed class RemovalTests
{
    private static readonly FileSystemOptions Allowed = new() { AllowRemove = true };

    [Fact]
    public async Task Removing_an_open_backups_files_and_directory_aborts_it()
    {
        await using var mount = await TestMount.BegunAsync();
        await mount.WriteFileAsync("d/b/file", "x");

        Assert.Equal(FsError.NotEmpty, await mount.RmdirAsync("d/b"));
        Assert.Equal("open", await mount.StateAsync("d/b"));
        Assert.Equal(FsError.None, await mount.UnlinkAsync("d/b/file"));
        Assert.Equal(FsError.None, await mount.RmdirAsync("d/b"));

        Assert.Equal(FsError.NotFound, await mount.ExistsAsync("d/b"));
        Assert.Empty(await mount.ListAsync("d"));
        Assert.Equal(FsError.None, await mount.MkdirAsync("d/b"));
    }

    [Fact]
    public async Task A_partial_backup_is_removed_by_its_partial_name()
    {
        await using var mount = await TestMount.BegunAsync(shownName: "b.partial");

        Assert.Equal(FsError.NotFound, await mount.RmdirAsync("d/b"));
        Assert.Equal(FsError.None, await mount.RmdirAsync("d/b.partial"));
        Assert.Empty(await mount.ListAsync("d"));
    }

    [Fact]
    public async Task An_abort_that_meets_a_create_is_refused_and_the_file_stays()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.BegunAsync(faults: faults);
        var gate = new TaskCompletionSource();
        faults.Add(new Fault { Operation = "Tree.CreateFile", Until = gate.Task });
        var creating = mount.WriteFileAsync("d/b/file", "x");
        await Eventually.TrueAsync(() => faults.CallsOf("Tree.CreateFile") == 1);

        var removing = mount.RmdirAsync("d/b");
        gate.SetResult();

        Assert.Equal(FsError.NotEmpty, await Eventually.InTimeAsync(removing));
        Assert.Equal(FsError.None, await Eventually.InTimeAsync(creating));
        Assert.Equal("x", await mount.ReadFileAsync("d/b/file"));
    }

    [Fact]
    public async Task Whoever_has_a_file_of_an_aborted_backup_open_gets_errors_and_can_close_it()
    {
        await using var mount = await TestMount.BegunAsync();
        var file = (await mount.CreateAsync("d/b/file")).Value;

        Assert.Equal(FsError.None, await mount.SetAsync("d/b", ControlAttributes.State, "aborted"));

        Assert.NotEqual(FsError.None, await mount.WriteAsync(file, "x"));
        await mount.CloseAsync(file);
        Assert.Equal(FsError.NotFound, await mount.ExistsAsync("d/b"));
    }

    [Fact]
    public async Task A_complete_backup_cannot_be_removed_by_default()
    {
        await using var mount = await TestMount.CompleteAsync();

        Assert.Equal(FsError.NotPermitted, await mount.UnlinkAsync("d/b/file"));
        Assert.Equal(FsError.NotPermitted, await mount.RmdirAsync("d/b/sub"));
        Assert.Equal(FsError.NotPermitted, await mount.RmdirAsync("d/b"));
        Assert.Equal(FsError.NotPermitted, await mount.SetAsync("d", ControlAttributes.Remove, "b"));
        Assert.Contains("--allow-remove", await mount.GetAsync("d", ControlAttributes.Error), StringComparison.Ordinal);
        Assert.True(mount.Log.Says("--allow-remove"));
    }

    [Fact]
    public async Task With_leave_a_complete_backup_is_removed_by_the_last_step_only()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.CompleteAsync(Allowed, faults);
        var root = await mount.LookupAsync("d/b");

        Assert.Equal(FsError.NotEmpty, await mount.RmdirAsync("d/b"));
        Assert.Equal(FsError.NotEmpty, await mount.RmdirAsync("d/b/sub"));
        Assert.Equal(FsError.IsADirectory, await mount.UnlinkAsync("d/b/sub"));
        Assert.Equal(FsError.NotADirectory, await mount.RmdirAsync("d/b/file"));
        Assert.Equal(FsError.None, await mount.UnlinkAsync("d/b/sub/file"));
        Assert.Equal(FsError.NotFound, await mount.UnlinkAsync("d/b/sub/file"));
        Assert.Equal(FsError.None, await mount.RmdirAsync("d/b/sub"));
        Assert.Equal(FsError.NotFound, await mount.ExistsAsync("d/b/sub"));
        Assert.Equal(["file"], await mount.ListAsync("d/b"));
        Assert.Equal(FsError.None, await mount.UnlinkAsync("d/b/file"));
        Assert.NotNull(await mount.ManifestAsync("d", "b"));
        Assert.Equal(0, faults.CallsOf("Storage.RemoveBackup"));

        Assert.Equal(FsError.None, await mount.RmdirAsync("d/b"));
        Assert.Equal(1, faults.CallsOf("Storage.RemoveBackup"));
        Assert.Null(await mount.ManifestAsync("d", "b"));
        Assert.Equal(FsError.NotFound, await mount.ExistsAsync("d/b"));
        mount.Fs.Forget(root.Value.Inode, 1);
        Assert.Equal(FsError.None, await mount.MkdirAsync("d/b"));
    }

    [Fact]
    public async Task A_removal_that_nobody_finishes_is_undone_after_the_settle_time()
    {
        await using var mount = await TestMount.CompleteAsync(Allowed);
        var root = await mount.LookupAsync("d/b");
        Assert.Equal(FsError.None, await mount.UnlinkAsync("d/b/file"));
        await mount.PassAsync(TimeSpan.FromSeconds(29));
        Assert.Equal(FsError.None, await mount.UnlinkAsync("d/b/sub/file"));
        await mount.PassAsync(TimeSpan.FromSeconds(29));
        Assert.Equal(["sub"], await mount.ListAsync("d/b"));

        await mount.PassAsync(TimeSpan.FromSeconds(1));

        await Eventually.TrueAsync(() => mount.ListAsync("d/b").Result.Length == 2);
        Assert.Equal("deep", await mount.ReadFileAsync("d/b/sub/file"));
        await Eventually.TrueAsync(() => mount.Listener.Names.Contains((root.Value.Inode.Number, "file")));
        mount.Fs.Forget(root.Value.Inode, 1);
    }

    [Fact]
    public async Task What_a_removal_hid_stays_hidden_when_the_kernel_forgets_the_backup()
    {
        await using var mount = await TestMount.CompleteAsync(Allowed);

        // Each of these looks the path up and gives every reference back.
        Assert.Equal(FsError.None, await mount.UnlinkAsync("d/b/file"));
        Assert.Equal(["sub"], await mount.ListAsync("d/b"));
        Assert.Equal(FsError.None, await mount.UnlinkAsync("d/b/sub/file"));
        Assert.Equal(FsError.None, await mount.RmdirAsync("d/b/sub"));
        Assert.Equal(FsError.None, await mount.RmdirAsync("d/b"));

        Assert.Null(await mount.ManifestAsync("d", "b"));
        Assert.True(mount.Fs.HasNothingInHand);
    }

    [Fact]
    public async Task A_removal_that_the_storage_takes_long_for_is_not_undone_meanwhile()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.CompleteAsync(Allowed, faults);
        var root = await mount.LookupAsync("d/b");
        await mount.UnlinkAsync("d/b/file");
        await mount.UnlinkAsync("d/b/sub/file");
        await mount.RmdirAsync("d/b/sub");
        var gate = new TaskCompletionSource();
        faults.Add(new Fault { Operation = "Storage.RemoveBackup", Until = gate.Task, Error = new StorageError(StorageErrorKind.Io, "no"), Times = 1 });

        var removing = mount.RmdirAsync("d/b");
        await mount.PassAsync(TimeSpan.FromHours(1));
        Assert.Empty(await mount.ListAsync("d/b"));
        gate.SetResult();
        Assert.Equal(FsError.Io, await Eventually.InTimeAsync(removing));

        Assert.Empty(await mount.ListAsync("d/b"));
        await mount.PassAsync(TimeSpan.FromSeconds(30));
        await Eventually.TrueAsync(() => mount.ListAsync("d/b").Result.Length == 2);
        mount.Fs.Forget(root.Value.Inode, 1);
    }

    [Fact]
    public async Task A_removal_of_what_does_not_exist_begins_none()
    {
        await using var mount = await TestMount.CompleteAsync(Allowed);
        var root = await mount.LookupAsync("d/b");

        Assert.Equal(FsError.NotFound, await mount.UnlinkAsync("d/b/missing"));

        Assert.Null(((EntryInode)root.Value.Inode).Backup.Removal);
        mount.Fs.Forget(root.Value.Inode, 1);
    }

    [Fact]
    public async Task The_control_attribute_removes_a_complete_backup_at_once()
    {
        await using var mount = await TestMount.CompleteAsync(Allowed);
        await mount.MkdirAsync("d/open");

        Assert.Equal(FsError.None, await mount.SetAsync("d", ControlAttributes.Remove, "b"));
        Assert.Equal(FsError.NotFound, await mount.ExistsAsync("d/b"));
        Assert.Contains(mount.Listener.Names, told => told.Name == "b");
        Assert.Equal(FsError.NotFound, await mount.SetAsync("d", ControlAttributes.Remove, "b"));
        Assert.Equal(FsError.Busy, await mount.SetAsync("d", ControlAttributes.Remove, "open"));
    }

    [Fact]
    public async Task Foreign_backups_can_be_removed_with_leave()
    {
        var store = new MemoryStore();
        store.PlantForeign("d", "plain", new Dictionary<string, byte[]> { ["file"] = [1] });
        await using var mount = await TestMount.StartAsync(Allowed, store);
        var root = await mount.LookupAsync("d/plain");

        Assert.Equal(FsError.None, await mount.UnlinkAsync("d/plain/file"));
        Assert.Equal(FsError.None, await mount.RmdirAsync("d/plain"));
        Assert.Empty(await mount.ListAsync("d"));
        mount.Fs.Forget(root.Value.Inode, 1);
    }
}
