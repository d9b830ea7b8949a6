namespace BackupFs.FileSystem.Tests;

/// <summary>The explicit ends of a backup, and what an ended backup is.</summary>
public sealed class EndTests
{
    [Fact]
    public async Task Renaming_away_the_partial_suffix_ends_the_backup()
    {
        await using var mount = await TestMount.BegunAsync(shownName: "b.partial");
        await mount.WriteFileAsync("d/b.partial/file", "content");

        Assert.Equal(FsError.None, await mount.RenameAsync("d/b.partial", "d/b"));

        Assert.Equal("complete", await mount.StateAsync("d/b"));
        Assert.Equal(FsError.NotFound, await mount.ExistsAsync("d/b.partial"));
        Assert.Equal("content", await mount.ReadFileAsync("d/b/file"));
        Assert.Contains((await mount.ManifestAsync("d", "b"))!.Entries, entry => entry.Path == "file" && entry.Size == 7);
        Assert.DoesNotContain(mount.Listener.Names, told => told.Name == "b");
    }

    [Theory]
    [InlineData("d/c")]
    [InlineData("d/c.partial")]
    [InlineData("e/b")]
    public async Task A_partial_backup_cannot_be_renamed_to_anything_else(string path)
    {
        await using var mount = await TestMount.BegunAsync(shownName: "b.partial");
        await mount.MkdirAsync("e");

        Assert.Equal(FsError.NotPermitted, await mount.RenameAsync("d/b.partial", path));
        Assert.Equal("open", await mount.StateAsync("d/b.partial"));
    }

    [Fact]
    public async Task An_open_backup_a_complete_one_and_a_directory_keep_their_names()
    {
        await using var mount = await TestMount.BegunAsync();

        Assert.Equal(FsError.NotPermitted, await mount.RenameAsync("d/b", "d/c"));
        Assert.Equal(FsError.NotPermitted, await mount.RenameAsync("d", "e"));
        await mount.EndAsync("d/b");
        Assert.Equal(FsError.ReadOnly, await mount.RenameAsync("d/b", "d/c"));
        Assert.Equal(FsError.NotFound, await mount.RenameAsync("d/missing", "d/c"));
    }

    [Fact]
    public async Task Renames_across_backups_or_above_them_are_left_to_copying()
    {
        await using var mount = await TestMount.BegunAsync();
        await mount.MkdirAsync("d/c");
        await mount.WriteFileAsync("d/b/file", "x");

        Assert.Equal(FsError.CrossDevice, await mount.RenameAsync("d/b/file", "d/c/file"));
        Assert.Equal(FsError.CrossDevice, await mount.RenameAsync("d/b/file", "d/file"));
        Assert.Equal(FsError.CrossDevice, await mount.LinkAsync("d/b/file", "d/c/file"));
    }

    [Fact]
    public async Task Setting_the_state_to_complete_ends_the_backup_and_tells_the_kernel()
    {
        await using var mount = await TestMount.BegunAsync(shownName: "b.partial");
        await mount.WriteFileAsync("d/b.partial/file", "x");

        Assert.Equal(FsError.None, await mount.EndAsync("d/b.partial"));

        Assert.Equal("complete", await mount.StateAsync("d/b"));
        Assert.Contains(mount.Listener.Names, told => told.Name == "b.partial");
        Assert.Contains(mount.Listener.Names, told => told.Name == "b");
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
    }

    [Fact]
    public async Task The_state_can_be_set_to_nothing_else()
    {
        await using var mount = await TestMount.BegunAsync();

        Assert.Equal(FsError.InvalidArgument, await mount.SetAsync("d/b", ControlAttributes.State, "open"));
        Assert.Equal(FsError.None, await mount.SetAsync("d/b", ControlAttributes.State, "complete\n"));
        Assert.Equal(FsError.ReadOnly, await mount.SetAsync("d/b", ControlAttributes.State, "aborted"));
    }

    [Fact]
    public async Task An_empty_backup_can_be_ended_explicitly()
    {
        await using var mount = await TestMount.BegunAsync();

        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
        Assert.Equal("", Assert.Single((await mount.ManifestAsync("d", "b"))!.Entries).Path);
    }

    [Fact]
    public async Task With_end_fsync_the_fsync_of_the_backups_own_directory_ends_it()
    {
        await using var mount = await TestMount.BegunAsync(new FileSystemOptions { End = EndPolicy.Fsync });
        await mount.WriteFileAsync("d/b/file", "x");
        await mount.MkdirAsync("d/b/sub");

        Assert.Equal(FsError.None, await FsyncDirectoryAsync(mount, "d/b/sub"));
        Assert.Equal("open", await mount.StateAsync("d/b"));
        Assert.Equal(FsError.None, await FsyncDirectoryAsync(mount, "d/b"));
        Assert.Equal("complete", await mount.StateAsync("d/b"));
    }

    [Fact]
    public async Task Otherwise_fsync_of_a_directory_ends_nothing()
    {
        await using var mount = await TestMount.BegunAsync();
        await mount.WriteFileAsync("d/b/file", "x");

        Assert.Equal(FsError.None, await FsyncDirectoryAsync(mount, "d/b"));
        Assert.Equal("open", await mount.StateAsync("d/b"));
    }

    [Fact]
    public async Task Concurrent_ends_share_one()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.BegunAsync(faults: faults);
        await mount.WriteFileAsync("d/b/file", "x");
        var gate = new TaskCompletionSource();
        faults.Add(new Fault { Operation = "Handle.EndBackup", Until = gate.Task });

        var ends = Enumerable.Range(0, 8).Select(_ => mount.EndAsync("d/b")).ToArray();
        await Eventually.TrueAsync(() => faults.CallsOf("Handle.EndBackup") == 1);
        Assert.Equal("ending", await mount.StateAsync("d/b"));
        gate.SetResult();

        Assert.All(await Eventually.InTimeAsync(Task.WhenAll(ends)), error => Assert.Equal(FsError.None, error));
        Assert.Equal(1, faults.CallsOf("Handle.EndBackup"));
        Assert.Single(mount.Log.Lines, line => line.Text.Contains("complete (", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_end_waits_for_changes_that_have_begun_and_lets_no_new_ones_in()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.BegunAsync(faults: faults);
        var gate = new TaskCompletionSource();
        faults.Add(new Fault { Operation = "Tree.CreateDirectory", Until = gate.Task });

        var making = mount.MkdirAsync("d/b/sub");
        await Eventually.TrueAsync(() => faults.CallsOf("Tree.CreateDirectory") == 1);
        var ending = mount.EndAsync("d/b");
        await Eventually.TrueAsync(() => mount.StateAsync("d/b").Result == "ending");
        Assert.Equal(FsError.Busy, await mount.WriteFileAsync("d/b/late", "x"));
        Assert.False(ending.IsCompleted);
        Assert.Equal(0, faults.CallsOf("Handle.EndBackup"));
        gate.SetResult();

        Assert.Equal(FsError.None, await Eventually.InTimeAsync(making));
        Assert.Equal(FsError.None, await Eventually.InTimeAsync(ending));
        Assert.Contains((await mount.ManifestAsync("d", "b"))!.Entries, entry => entry.Path == "sub");
    }

    [Fact]
    public async Task The_end_waits_for_files_that_were_closed_to_be_released()
    {
        await using var mount = await TestMount.BegunAsync();
        var file = (await mount.CreateAsync("d/b/file")).Value;
        await mount.WriteAsync(file, "content");
        await mount.Fs.FlushAsync(file, TestMount.Nobody, CancellationToken.None);

        var ending = mount.EndAsync("d/b");
        await Eventually.TrueAsync(() => mount.StateAsync("d/b").Result == "ending");
        Assert.False(ending.IsCompleted);
        await mount.Fs.ReleaseAsync(file);

        Assert.Equal(FsError.None, await Eventually.InTimeAsync(ending));
        Assert.Equal("content", await mount.ReadFileAsync("d/b/file"));
    }

    [Fact]
    public async Task A_file_that_stays_open_makes_the_end_busy_and_is_named()
    {
        await using var mount = await TestMount.BegunAsync();
        var writer = mount.Observer.Start("pg_dump");
        var file = (await mount.CreateAsync("d/b/file", writer.Caller)).Value;

        Assert.Equal(FsError.Busy, await mount.PassUntilAsync(mount.EndAsync("d/b")));

        var problems = await mount.GetAsync("d/b", ControlAttributes.Error);
        Assert.Contains("file is still open for writing by pg_dump (process 101)", problems, StringComparison.Ordinal);
        Assert.Equal("open", await mount.StateAsync("d/b"));
        Assert.Equal(FsError.None, await mount.CloseAsync(file, writer.Caller));
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
    }

    [Fact]
    public async Task Readers_do_not_hold_an_end_up_and_read_on_afterwards()
    {
        await using var mount = await TestMount.BegunAsync();
        await mount.WriteFileAsync("d/b/file", "content");
        var reader = (await mount.OpenAsync("d/b/file", FileAccessMode.Read)).Value;

        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
        Assert.Equal("content", await mount.ReadAndCloseAsync(reader));
    }

    [Fact]
    public async Task An_interrupted_end_goes_on_and_becomes_visible()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.BegunAsync(shownName: "b.partial", faults: faults);
        await mount.WriteFileAsync("d/b.partial/file", "x");
        var gate = new TaskCompletionSource();
        faults.Add(new Fault { Operation = "Handle.EndBackup", Until = gate.Task });
        using var interrupt = new CancellationTokenSource();
        var known = await mount.LookupAsync("d");

        var renaming = mount.WithAsync("d", async parent => await mount.Fs.RenameAsync(
            parent, "b.partial", parent, "b", RenameMode.Replace, TestMount.Nobody, interrupt.Token));
        await Eventually.TrueAsync(() => faults.CallsOf("Handle.EndBackup") == 1);
        await interrupt.CancelAsync();
        Assert.Equal(FsError.Interrupted, await Eventually.InTimeAsync(renaming));
        gate.SetResult();

        await Eventually.TrueAsync(() => mount.ExistsAsync("d/b").Result == FsError.None);
        Assert.Equal("complete", await mount.StateAsync("d/b"));
        Assert.Equal(1, faults.CallsOf("Handle.EndBackup"));
        await Eventually.TrueAsync(() => mount.Listener.Names.Contains((known.Value.Inode.Number, "b.partial")));
    }

    [Fact]
    public async Task Every_change_in_a_complete_backup_is_refused_as_read_only()
    {
        await using var mount = await TestMount.CompleteAsync();

        Assert.Equal(FsError.ReadOnly, await mount.WriteFileAsync("d/b/new", "x"));
        Assert.Equal(FsError.ReadOnly, (await mount.OpenAsync("d/b/file", FileAccessMode.Write)).Error);
        Assert.Equal(FsError.ReadOnly, (await mount.OpenAsync("d/b/file", FileAccessMode.ReadWrite)).Error);
        Assert.Equal(FsError.ReadOnly, (await mount.OpenAsync("d/b/file", FileAccessMode.Read, truncate: true)).Error);
        Assert.Equal(FsError.ReadOnly, await mount.MkdirAsync("d/b/new"));
        Assert.Equal(FsError.ReadOnly, await mount.SymlinkAsync("d/b/new", "x"));
        Assert.Equal(FsError.ReadOnly, await mount.LinkAsync("d/b/file", "d/b/new"));
        Assert.Equal(FsError.ReadOnly, await mount.RenameAsync("d/b/file", "d/b/new"));
        Assert.Equal(FsError.ReadOnly, await mount.SetAsync("d/b/file", "user.x", "x"));
        Assert.Equal(FsError.ReadOnly, await mount.SetAsync("d/b", ControlAttributes.Accept, "1"));
        Assert.Equal(FsError.ReadOnly, await SetAttributesAsync(mount, "d/b/file", new EntryChanges { Mode = 0 }));
        Assert.Equal(FsError.ReadOnly, await SetAttributesAsync(mount, "d/b/file", new EntryChanges { Size = 0 }));
        Assert.Equal(FsError.ReadOnly, await SetAttributesAsync(mount, "d/b", new EntryChanges { ModifyTime = default(Timestamp) }));
        Assert.Equal(FsError.NotPermitted, await mount.UnlinkAsync("d/b/file"));
        Assert.Equal(FsError.NotPermitted, await mount.RmdirAsync("d/b/sub"));
        Assert.Equal(FsError.NotPermitted, await mount.RmdirAsync("d/b"));
        Assert.Equal("content", await mount.ReadFileAsync("d/b/file"));
    }

    [Fact]
    public async Task A_complete_backups_files_tell_their_checksum()
    {
        await using var mount = await TestMount.BegunAsync();
        await mount.WriteFileAsync("d/b/file", "");
        await mount.LinkAsync("d/b/file", "d/b/link");
        Assert.Equal("<NoAttribute>", await mount.GetAsync("d/b/file", ControlAttributes.Sha256));
        await mount.EndAsync("d/b");

        const string Empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        Assert.Equal(Empty, await mount.GetAsync("d/b/file", ControlAttributes.Sha256));
        Assert.Equal(Empty, await mount.GetAsync("d/b/link", ControlAttributes.Sha256));
        Assert.Equal("<NoAttribute>", await mount.GetAsync("d/b", ControlAttributes.Sha256));
    }

    [Fact]
    public async Task Inodes_of_a_backup_stay_the_same_over_its_end()
    {
        await using var mount = await TestMount.BegunAsync();
        await mount.WriteFileAsync("d/b/file", "x");
        var before = (await mount.LookupAsync("d/b/file")).Value.Inode;

        await mount.EndAsync("d/b");

        var after = (await mount.LookupAsync("d/b/file")).Value.Inode;
        Assert.Same(before, after);
        mount.Fs.Forget(before, 2);
    }

    private static Task<FsError> FsyncDirectoryAsync(TestMount mount, string path) => mount.WithAsync(path, async inode =>
        await mount.Fs.FsyncDirectoryAsync(inode, CancellationToken.None));

    private static Task<FsError> SetAttributesAsync(TestMount mount, string path, EntryChanges changes) => mount.WithAsync(path, async inode =>
        (await mount.Fs.SetAttributesAsync(inode, changes, null, TestMount.Nobody, CancellationToken.None)).Error);
}
