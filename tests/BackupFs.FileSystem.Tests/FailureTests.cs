namespace BackupFs.FileSystem.Tests;

/// <summary>Errors of the storage: they reach the caller, forbid the end, and are cleared by writing anew or removing.</summary>
public sealed class FailureTests
{
    [Fact]
    public async Task A_failed_write_is_told_by_write_and_close_and_refuses_the_end()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.BegunAsync(faults: faults);
        var file = (await mount.CreateAsync("d/b/file")).Value;
        faults.Fail("File.Write", StorageErrorKind.NoSpace, times: 1);

        Assert.Equal(FsError.NoSpace, await mount.WriteAsync(file, "lost"));
        Assert.Equal(FsError.None, await mount.WriteAsync(file, "later"));
        Assert.Equal(FsError.NoSpace, await mount.Fs.FsyncAsync(file, false, CancellationToken.None));
        Assert.Equal(FsError.NoSpace, await mount.CloseAsync(file));

        Assert.Equal("failed", await mount.StateAsync("d/b"));
        Assert.Equal(FsError.Io, await mount.EndAsync("d/b"));
        Assert.Equal("file: injected into File.Write", await mount.GetAsync("d/b", ControlAttributes.Error));
        Assert.Equal("file: injected into File.Write", await mount.GetAsync("d/b/file", ControlAttributes.Error));
        Assert.Contains(mount.Log.Lines, line => line.Text.Contains("cannot be ended: file: injected", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("File.Flush", StorageErrorKind.QuotaExceeded, FsError.QuotaExceeded)]
    [InlineData("File.Flush", StorageErrorKind.AccessDenied, FsError.AccessDenied)]
    [InlineData("File.Flush", StorageErrorKind.Unavailable, FsError.Unavailable)]
    public async Task What_the_storage_says_at_the_close_is_what_close_returns_also_for_an_empty_file(string operation, StorageErrorKind kind, FsError error)
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.BegunAsync(faults: faults);
        faults.Fail(operation, kind, times: 1);

        Assert.Equal(error, await mount.WriteFileAsync("d/b/file", ""));
        Assert.Equal("failed", await mount.StateAsync("d/b"));
        Assert.Equal(FsError.None, await mount.WriteFileAsync("d/b/file", ""));
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
    }

    [Fact]
    public async Task Every_descriptor_of_a_failed_handle_hears_of_it()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.BegunAsync(faults: faults);
        var file = (await mount.CreateAsync("d/b/file")).Value;
        faults.Fail("File.Write", StorageErrorKind.Io, times: 1);
        await mount.WriteAsync(file, "x");

        Assert.Equal(FsError.Io, await mount.Fs.FlushAsync(file, TestMount.Nobody, CancellationToken.None));
        Assert.Equal(FsError.Io, await mount.CloseAsync(file));
    }

    [Fact]
    public async Task A_failed_fsync_fails_the_file_also_through_a_reader()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.BegunAsync(faults: faults);
        await mount.WriteFileAsync("d/b/file", "x");
        var reader = (await mount.OpenAsync("d/b/file", FileAccessMode.Read)).Value;
        faults.Fail("File.Sync", StorageErrorKind.Io, times: 1);

        Assert.Equal(FsError.Io, await mount.Fs.FsyncAsync(reader, false, CancellationToken.None));
        await mount.CloseAsync(reader);

        Assert.Equal(FsError.Io, await mount.EndAsync("d/b"));
        Assert.Equal(FsError.None, await mount.WriteFileAsync("d/b/file", "anew"));
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
    }

    [Fact]
    public async Task A_program_that_ignores_errors_leaves_one_not_thousands()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.BegunAsync(faults: faults);
        var file = (await mount.CreateAsync("d/b/file")).Value;
        faults.Fail("File.Write", StorageErrorKind.NoSpace);
        for (var count = 0; count < 1000; count++)
        {
            await mount.WriteAsync(file, "x");
        }

        await mount.CloseAsync(file);
        Assert.Equal("file: injected into File.Write", await mount.GetAsync("d/b", ControlAttributes.Error));
        Assert.Single(mount.Log.Lines, line => line.Text.Contains("cannot end until the file is written again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Writing_the_file_again_clears_its_errors_and_opening_it_does_not()
    {
        await using var mount = await FailedAsync();

        var again = (await mount.OpenAsync("d/b/file", FileAccessMode.ReadWrite)).Value;
        await mount.CloseAsync(again);
        Assert.Equal("failed", await mount.StateAsync("d/b"));
        Assert.Equal(FsError.None, await mount.WriteFileAsync("d/b/file", "good"));
        Assert.Equal("open", await mount.StateAsync("d/b"));
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
        Assert.Equal("good", await mount.ReadFileAsync("d/b/file"));
    }

    [Fact]
    public async Task Removing_the_file_clears_its_errors()
    {
        await using var mount = await FailedAsync();

        Assert.Equal(FsError.None, await mount.UnlinkAsync("d/b/file"));
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
    }

    [Fact]
    public async Task Replacing_the_file_by_a_rename_clears_its_errors()
    {
        await using var mount = await FailedAsync();
        await mount.WriteFileAsync("d/b/.file.tmp", "good");

        Assert.Equal(FsError.None, await mount.RenameAsync("d/b/.file.tmp", "d/b/file"));
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
        Assert.Equal("good", await mount.ReadFileAsync("d/b/file"));
    }

    [Fact]
    public async Task Errors_follow_the_file_through_renames_of_it_and_of_directories()
    {
        await using var mount = await FailedAsync("d/b/sub/file");
        await mount.RenameAsync("d/b/sub/file", "d/b/sub/other");
        await mount.RenameAsync("d/b/sub", "d/b/moved");
        await mount.MkdirAsync("d/b/sub");
        await mount.WriteFileAsync("d/b/sub/file", "unconcerned");

        Assert.Equal("moved/other: injected into File.Write", await mount.GetAsync("d/b", ControlAttributes.Error));
        Assert.Equal("<NoAttribute>", await mount.GetAsync("d/b/sub/file", ControlAttributes.Error));
        Assert.Equal("moved/other: injected into File.Write", await mount.GetAsync("d/b/moved", ControlAttributes.Error));
        Assert.Equal(FsError.None, await mount.UnlinkAsync("d/b/moved/other"));
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
    }

    [Fact]
    public async Task Errors_follow_the_file_through_an_exchange()
    {
        await using var mount = await FailedAsync();
        await mount.WriteFileAsync("d/b/good", "x");

        Assert.Equal(FsError.None, await mount.RenameAsync("d/b/good", "d/b/file", RenameMode.Exchange));
        Assert.Equal("good: injected into File.Write", await mount.GetAsync("d/b", ControlAttributes.Error));
        Assert.Equal(FsError.None, await mount.UnlinkAsync("d/b/good"));
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
    }

    [Fact]
    public async Task A_failed_file_with_another_name_stays_failed_when_one_name_goes()
    {
        await using var mount = await FailedAsync();
        await mount.LinkAsync("d/b/file", "d/b/link");
        await mount.UnlinkAsync("d/b/file");
        await mount.WriteFileAsync("d/b/file", "another one");

        Assert.Equal(FsError.Io, await mount.EndAsync("d/b"));
        Assert.Equal(FsError.None, await mount.WriteFileAsync("d/b/link", "good"));
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
    }

    [Fact]
    public async Task A_file_that_is_removed_while_it_is_open_fails_nothing()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.BegunAsync(faults: faults);
        var file = (await mount.CreateAsync("d/b/scratch")).Value;
        await mount.UnlinkAsync("d/b/scratch");
        faults.Fail("File.Write", StorageErrorKind.Io, times: 1);

        Assert.Equal(FsError.Io, await mount.WriteAsync(file, "x"));
        Assert.Equal(FsError.Io, await mount.CloseAsync(file));
        Assert.Equal("open", await mount.StateAsync("d/b"));
        Assert.True((await mount.LifeAsync()).IsAtRest);
    }

    [Fact]
    public async Task A_file_without_a_name_fails_the_backup_only_once_it_gets_one()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.BegunAsync(faults: faults);
        var (entry, file) = await mount.WithAsync("d/b", async inode => (await mount.Fs.CreateUnnamedAsync(
            inode, new NewEntry(0x180), FileAccessMode.ReadWrite, TestMount.Nobody, CancellationToken.None)).Value);
        faults.Fail("File.Write", StorageErrorKind.Io, times: 1);
        await mount.WriteAsync(file, "x");
        Assert.Equal("open", await mount.StateAsync("d/b"));

        Assert.Equal(FsError.None, await mount.WithAsync("d/b", async parent =>
        {
            var linked = await mount.Fs.LinkAsync(entry.Inode, parent, "named", TestMount.Nobody, CancellationToken.None);
            mount.Fs.Forget(linked.Value.Inode, 2);
            return linked.Error;
        }));

        Assert.StartsWith("named: injected into File.Write", await mount.GetAsync("d/b", ControlAttributes.Error), StringComparison.Ordinal);
        await mount.CloseAsync(file);
        Assert.Equal(FsError.Io, await mount.EndAsync("d/b"));
    }

    [Fact]
    public async Task An_end_that_fails_leaves_the_backup_open_to_be_ended_again()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.BegunAsync(shownName: "b.partial", faults: faults);
        await mount.WriteFileAsync("d/b.partial/file", "x");
        faults.Fail("Handle.EndBackup", StorageErrorKind.NoSpace, times: 1);

        Assert.Equal(FsError.NoSpace, await mount.RenameAsync("d/b.partial", "d/b"));
        Assert.Equal("open", await mount.StateAsync("d/b.partial"));
        Assert.Equal(FsError.None, await mount.WriteFileAsync("d/b.partial/more", "x"));
        Assert.Equal(FsError.None, await mount.RenameAsync("d/b.partial", "d/b"));
    }

    [Fact]
    public async Task A_defect_of_a_storage_does_not_leave_a_backup_ending_for_ever()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.BegunAsync(faults: faults);
        await mount.WriteFileAsync("d/b/file", "x");
        faults.Add(new Fault { Operation = "Handle.EndBackup", Until = Task.FromException(new InvalidOperationException("a defect")), Times = 1 });

        Assert.Equal(FsError.Io, await mount.EndAsync("d/b"));
        Assert.Equal("open", await mount.StateAsync("d/b"));
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
    }

    [Fact]
    public async Task An_abort_that_fails_half_way_leaves_a_backup_that_cannot_be_ended()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.BegunAsync(faults: faults);
        await mount.WriteFileAsync("d/b/file", "x");
        faults.Fail("Handle.AbortBackup", StorageErrorKind.Io, times: 1);

        Assert.Equal(FsError.Io, await mount.SetAsync("d/b", ControlAttributes.State, "aborted"));
        Assert.Equal(FsError.Io, await mount.EndAsync("d/b"));
        Assert.Equal(FsError.None, await mount.SetAsync("d/b", ControlAttributes.State, "aborted"));
        Assert.Equal(FsError.NotFound, await mount.ExistsAsync("d/b"));
    }

    [Fact]
    public async Task A_start_that_fails_leaves_nothing_behind()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.StartAsync(wrap: storage => new FaultyStorage(storage, faults));
        await mount.MkdirAsync("d");
        faults.Fail("Tree.SetAttributes", StorageErrorKind.AccessDenied, times: 1);

        Assert.Equal(FsError.AccessDenied, await mount.MkdirAsync("d/b"));
        Assert.Equal(FsError.NotFound, await mount.ExistsAsync("d/b"));
        Assert.Equal(FsError.None, await mount.MkdirAsync("d/b"));
    }

    [Theory]
    [InlineData("Storage.ListBackups")]
    [InlineData("Storage.FindBackup")]
    public async Task A_storage_that_cannot_be_reached_is_told_and_logged(string operation)
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.CompleteAsync(faults: faults);
        faults.Fail(operation, StorageErrorKind.Unavailable);

        var error = operation == "Storage.FindBackup"
            ? await mount.ExistsAsync("d/b")
            : await mount.WithAsync("d", async inode =>
            {
                var directory = mount.Fs.Opendir(inode).Value;
                var listed = await mount.Fs.ReaddirAsync(directory, fromStart: true, CancellationToken.None);
                mount.Fs.Releasedir(directory);
                return listed.Error;
            });

        Assert.Equal(FsError.Unavailable, error);
        Assert.True(mount.Log.Says($"injected into {operation}"));
    }

    [Fact]
    public async Task Tampered_content_is_refused_rather_than_returned()
    {
        await using var mount = await TestMount.CompleteAsync();
        mount.Store.Tamper("d", "b", "file", 3);
        var file = (await mount.OpenAsync("d/b/file", FileAccessMode.Read)).Value;

        var read = await mount.Fs.ReadAsync(file, new byte[16], 0, CancellationToken.None);

        Assert.Equal(FsError.Corrupt, read.Error);
        await mount.CloseAsync(file);
    }

    private static async Task<TestMount> FailedAsync(string path = "d/b/file")
    {
        var faults = new FaultPlan();
        var mount = await TestMount.BegunAsync(faults: faults);
        await mount.MkdirAsync("d/b/sub");
        faults.Fail("File.Write", StorageErrorKind.Io, times: 1);
        Assert.Equal(FsError.Io, await mount.WriteFileAsync(path, "bad"));
        Assert.Equal("failed", await mount.StateAsync("d/b"));
        return mount;
    }
}
