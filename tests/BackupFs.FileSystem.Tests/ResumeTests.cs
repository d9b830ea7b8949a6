namespace BackupFs.FileSystem.Tests;

/// <summary>What an unmount leaves, and what becomes of it later.</summary>
public sealed class ResumeTests
{
    [Fact]
    public async Task A_drain_ends_what_is_whole_and_says_why_not_of_the_rest()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.BegunAsync(shownName: "whole", faults: faults);
        await mount.WriteFileAsync("d/whole/file", "x");
        await mount.MkdirAsync("d/empty");
        await mount.MkdirAsync("d/part.partial");
        await mount.WriteFileAsync("d/part.partial/file", "x");
        await mount.MkdirAsync("d/failed");
        faults.Fail("File.Write", StorageErrorKind.Io, times: 1);
        await mount.WriteFileAsync("d/failed/file", "x");
        await mount.MkdirAsync("d/live");
        await mount.WriteFileAsync("d/live/file", "x", mount.Observer.Start("bash").Caller);
        await mount.MkdirAsync("d/open");
        var open = (await mount.CreateAsync("d/open/file")).Value;

        var report = await mount.Fs.DrainAsync(isFinal: false, CancellationToken.None);

        Assert.Equal(["d/whole"], report.Completed);
        Assert.Equal(["d/empty", "d/failed", "d/live", "d/open", "d/part"], report.Incomplete.Select(left => left.Path));
        var reasons = report.Incomplete.ToDictionary(left => left.Path, left => left.Reason);
        Assert.Equal("it has no file yet", reasons["d/empty"]);
        Assert.Equal("file: injected into File.Write", reasons["d/failed"]);
        Assert.Equal("bash (process 101), which wrote into it, is still running", reasons["d/live"]);
        Assert.Equal("file is still open for writing", reasons["d/open"]);
        Assert.Equal("it is still named part.partial", reasons["d/part"]);

        // Nothing was taken away: writing goes on.
        Assert.Equal(FsError.None, await mount.WriteAsync(open, "x"));
        Assert.Equal(FsError.None, await mount.CloseAsync(open));
        Assert.Equal(FsError.None, await mount.EndAsync("d/open"));
    }

    [Fact]
    public async Task The_drain_attribute_drains_and_the_report_tells_what_it_did()
    {
        await using var mount = await TestMount.BegunAsync(shownName: "whole");
        await mount.WriteFileAsync("d/whole/file", "x");
        await mount.MkdirAsync("d/part.partial");

        Assert.Equal(FsError.None, await mount.SetAsync("", ControlAttributes.Drain, "1"));

        Assert.Equal("complete\td/whole\t\nopen\td/part\tit is still named part.partial", await mount.GetAsync("", ControlAttributes.Report));
        Assert.Equal("complete", await mount.StateAsync("d/whole"));
    }

    [Fact]
    public async Task The_shell_that_runs_the_unmount_does_not_hold_a_backup_open()
    {
        await using var mount = await TestMount.BegunAsync(shownName: "shell");
        var shell = mount.Observer.Start("bash");
        await mount.WriteFileAsync("d/shell/file", "x", shell.Caller);
        await mount.MkdirAsync("d/other");
        await mount.WriteFileAsync("d/other/file", "x", mount.Observer.Start("bash").Caller);
        var unmount = mount.Observer.Start("backupfs");
        mount.Observer.Ancestors[unmount.Id] = [(int)unmount.Id, (int)shell.Id];

        await mount.WithAsync("", async root => await mount.Fs.SetxattrAsync(
            root, ControlAttributes.Drain, "1"u8.ToArray(), AttributeSetMode.CreateOrReplace, unmount.Caller, CancellationToken.None));

        Assert.Equal("complete", await mount.StateAsync("d/shell"));
        Assert.Equal("open", await mount.StateAsync("d/other"));
    }

    [Fact]
    public async Task A_final_drain_gives_a_live_writer_the_settle_time_to_end()
    {
        await using var mount = await TestMount.BegunAsync(shownName: "fails");
        var failing = mount.Observer.Start("cp");
        await mount.WriteFileAsync("d/fails/file", "x", failing.Caller);
        await mount.MkdirAsync("d/lives");
        await mount.WriteFileAsync("d/lives/file", "x", mount.Observer.Start("bash").Caller);

        var draining = mount.Fs.DrainAsync(isFinal: true, CancellationToken.None);
        failing.Exits(1);
        var report = await mount.PassUntilAsync(draining);

        Assert.Equal(["d/lives"], report.Completed);
        Assert.Equal("d/fails", Assert.Single(report.Incomplete).Path);
    }

    [Fact]
    public async Task With_end_manual_a_drain_ends_nothing()
    {
        await using var mount = await TestMount.BegunAsync(new FileSystemOptions { End = EndPolicy.Manual });
        await mount.WriteFileAsync("d/b/file", "x");

        var report = await mount.Fs.DrainAsync(isFinal: true, CancellationToken.None);

        Assert.Empty(report.Completed);
        Assert.Equal(("d/b", "nobody ended it"), Assert.Single(report.Incomplete));
    }

    [Fact]
    public async Task A_final_drain_waits_for_releases_that_are_still_on_their_way()
    {
        await using var mount = await TestMount.BegunAsync();
        var file = (await mount.CreateAsync("d/b/file")).Value;
        await mount.Fs.FlushAsync(file, TestMount.Nobody, CancellationToken.None);

        var draining = mount.Fs.DrainAsync(isFinal: true, CancellationToken.None);
        await mount.Fs.ReleaseAsync(file);

        Assert.Equal(["d/b"], (await Eventually.InTimeAsync(draining)).Completed);
    }

    [Fact]
    public async Task A_final_drain_leaves_the_rest_incomplete_and_read_only()
    {
        await using var mount = await TestMount.BegunAsync(shownName: "b.partial");
        var file = (await mount.CreateAsync("d/b.partial/file")).Value;
        await mount.WriteAsync(file, "x");

        await mount.PassUntilAsync(mount.Fs.DrainAsync(isFinal: true, CancellationToken.None));

        Assert.Equal("incomplete", await mount.StateAsync("d/b.partial"));
        Assert.NotEqual(FsError.None, await mount.WriteAsync(file, "y"));
        Assert.Equal(FsError.ReadOnly, await mount.MkdirAsync("d/b.partial/sub"));
        Assert.Equal(FsError.Stale, await mount.EndAsync("d/b.partial"));
        await mount.CloseAsync(file);
        Assert.Equal(BackupState.Incomplete, (await new MemoryStorage(mount.Store).ListIncompleteAsync("d", CancellationToken.None))[0].State);
    }

    [Fact]
    public async Task Incomplete_backups_are_hidden_unless_they_are_asked_for()
    {
        var store = await LeftAsync();
        await using var plain = await TestMount.StartAsync(store: store);
        await using var showing = await TestMount.StartAsync(new FileSystemOptions { ShowIncomplete = true, AllowRemove = true }, store);

        Assert.Empty(await plain.ListAsync("d"));
        Assert.Equal(FsError.NotFound, await plain.ExistsAsync("d/b"));
        Assert.Equal(FsError.AlreadyExists, await plain.MkdirAsync("d/b"));
        Assert.Equal(["b"], await showing.ListAsync("d"));
        Assert.Equal("incomplete", await showing.StateAsync("d/b"));
        Assert.Equal("kept", await showing.ReadFileAsync("d/b/kept"));
        Assert.Equal(FsError.ReadOnly, await showing.WriteFileAsync("d/b/new", "x"));
        Assert.Equal(FsError.NotPermitted, await showing.UnlinkAsync("d/b/kept"));
        Assert.Equal(FsError.NotPermitted, await showing.EndAsync("d/b"));
    }

    [Fact]
    public async Task Resume_opens_an_incomplete_backup_with_what_was_closed_and_what_was_torn()
    {
        await using var mount = await TestMount.StartAsync(store: await LeftAsync());

        Assert.Equal(FsError.None, await mount.SetAsync("d", ControlAttributes.Resume, "b"));

        Assert.Equal(["b.partial"], await mount.ListAsync("d"));
        Assert.Equal("failed", await mount.StateAsync("d/b.partial"));
        Assert.Equal("torn is torn: it was being written when the mount died", await mount.GetAsync("d/b.partial", ControlAttributes.Error));
        Assert.Equal("kept", await mount.ReadFileAsync("d/b.partial/kept"));
        Assert.Equal(FsError.Io, await mount.RenameAsync("d/b.partial", "d/b"));
        Assert.Equal(FsError.None, await mount.WriteFileAsync("d/b.partial/torn", "whole"));
        Assert.Equal(FsError.None, await mount.RenameAsync("d/b.partial", "d/b"));
        Assert.Equal("whole", await mount.ReadFileAsync("d/b/torn"));
    }

    [Theory]
    [InlineData("d/b.partial/torn")]
    [InlineData("d/b.partial")]
    public async Task What_was_torn_by_a_crash_can_be_accepted(string path)
    {
        await using var mount = await TestMount.StartAsync(store: await LeftAsync());
        await mount.SetAsync("d", ControlAttributes.Resume, "b");

        Assert.Equal(FsError.None, await mount.SetAsync(path, ControlAttributes.Accept, "1"));
        Assert.Equal(FsError.None, await mount.RenameAsync("d/b.partial", "d/b"));
        Assert.Equal("torn: it was being written when the mount died", Assert.Single((await mount.ManifestAsync("d", "b"))!.Notes.Accepted));
    }

    [Fact]
    public async Task What_was_torn_by_a_crash_stays_torn_when_it_is_renamed_or_appended_to()
    {
        await using var mount = await TestMount.StartAsync(store: await LeftAsync());
        await mount.SetAsync("d", ControlAttributes.Resume, "b");
        await mount.RenameAsync("d/b.partial/torn", "d/b.partial/other");

        await mount.CloseAsync((await mount.OpenAsync("d/b.partial/other", FileAccessMode.ReadWrite)).Value);

        Assert.Equal("other is torn: it was being written when the mount died", await mount.GetAsync("d/b.partial", ControlAttributes.Error));
        Assert.Equal(FsError.None, await mount.UnlinkAsync("d/b.partial/other"));
        Assert.Equal("open", await mount.StateAsync("d/b.partial"));
    }

    [Fact]
    public async Task Resume_of_what_is_not_incomplete_is_refused_with_the_reason()
    {
        await using var mount = await TestMount.CompleteAsync();
        await mount.MkdirAsync("d/open");

        Assert.Equal(FsError.NotFound, await mount.SetAsync("d", ControlAttributes.Resume, "b"));
        Assert.Contains("not an unfinished backup", await mount.GetAsync("d", ControlAttributes.Error), StringComparison.Ordinal);
        Assert.Equal(FsError.AlreadyExists, await mount.SetAsync("d", ControlAttributes.Resume, "open"));
        await using var other = await mount.AnotherAsync();
        Assert.Equal(FsError.Busy, await other.SetAsync("d", ControlAttributes.Resume, "open"));
        Assert.Equal(FsError.InvalidName, await mount.SetAsync("d", ControlAttributes.Resume, "a/../b"));
    }

    [Fact]
    public async Task Abort_removes_an_incomplete_or_open_backup_and_nothing_else()
    {
        await using var mount = await TestMount.StartAsync(store: await LeftAsync());
        await mount.MkdirAsync("d/open.partial");
        await mount.WriteFileAsync("d/open.partial/file", "x");

        Assert.Equal(FsError.None, await mount.SetAsync("d", ControlAttributes.Abort, "b"));
        Assert.Equal(FsError.None, await mount.SetAsync("d", ControlAttributes.Abort, "open"));
        Assert.Equal(FsError.NotFound, await mount.SetAsync("d", ControlAttributes.Abort, "b"));
        Assert.Equal(FsError.None, await mount.MkdirAsync("d/b"));
        await mount.EndAsync("d/b");
        Assert.Equal(FsError.NotFound, await mount.SetAsync("d", ControlAttributes.Abort, "b"));
        Assert.Equal("complete", await mount.StateAsync("d/b"));
    }

    [Fact]
    public async Task Disposing_waits_for_an_end_that_is_under_way()
    {
        var faults = new FaultPlan();
        var mount = await TestMount.BegunAsync(faults: faults);
        await mount.WriteFileAsync("d/b/file", "x");
        var gate = new TaskCompletionSource();
        faults.Add(new Fault { Operation = "Handle.EndBackup", Until = gate.Task });
        var ending = mount.EndAsync("d/b");
        await Eventually.TrueAsync(() => faults.CallsOf("Handle.EndBackup") == 1);

        var disposing = mount.DisposeAsync().AsTask();
        Assert.False(disposing.IsCompleted);
        gate.SetResult();
        await Eventually.InTimeAsync(disposing);

        Assert.Equal(FsError.None, await Eventually.InTimeAsync(ending));
        Assert.NotNull(await mount.ManifestAsync("d", "b"));
        await mount.DisposeAsync();
    }

    [Fact]
    public async Task Control_attributes_can_neither_be_stored_nor_listed()
    {
        await using var mount = await TestMount.BegunAsync();
        await mount.WriteFileAsync("d/b/file", "x");
        await mount.SetAsync("d/b/file", "user.mine", "value");

        Assert.Equal(FsError.NotPermitted, await mount.SetAsync("d/b/file", "user.backupfs.mine", "x"));
        Assert.Equal(FsError.Unsupported, await mount.SetAsync("d/b/file", "security.mine", "x"));
        Assert.Equal("value", await mount.GetAsync("d/b/file", "user.mine"));
        Assert.Equal(["user.mine"], await mount.WithAsync("d/b/file", async inode =>
            (await mount.Fs.ListxattrAsync(inode, CancellationToken.None)).Value));
        Assert.Equal(FsError.NotPermitted, await mount.WithAsync("d/b/file", async inode =>
            await mount.Fs.RemovexattrAsync(inode, ControlAttributes.State, CancellationToken.None)));
    }

    /// <summary>A store with the incomplete backup <c>d/b</c>: <c>kept</c> was closed, <c>torn</c> was being written.</summary>
    private static async Task<MemoryStore> LeftAsync()
    {
        var store = new MemoryStore();
        var mount = await TestMount.StartAsync(store: store);
        await mount.MkdirAsync("d");
        await mount.MkdirAsync("d/b");
        await mount.WriteFileAsync("d/b/kept", "kept");
        var torn = (await mount.CreateAsync("d/b/torn")).Value;
        await mount.WriteAsync(torn, "half");
        await mount.WithAsync("d/b", inode =>
        {
            MemoryStorage.Crash(((EntryInode)inode).Backup.Handle);
            return Task.FromResult(0);
        });
        await mount.CloseAsync(torn);
        await mount.DisposeAsync();
        return store;
    }
}
