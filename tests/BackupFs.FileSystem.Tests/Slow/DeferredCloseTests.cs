using System.Text;

namespace BackupFs.FileSystem.Tests.Slow;

/// <summary>Closes that return before the file is stored, if the operator wants that.</summary>
public sealed class DeferredCloseTests
{
    private static readonly FileSystemOptions Deferred = new() { DeferredCloses = 4 };

    [Fact]
    public async Task A_close_returns_at_once_and_every_end_waits_until_the_file_is_stored()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowBegunAsync(faults, Deferred);
        var stall = new Stall(faults, "File.Flush");
        var file = (await mount.CreateAsync("d/b/file")).Value;
        await mount.WriteAsync(file, "text");

        // A duplicate of the descriptor is closed: nothing is stored for that.
        Assert.Equal(FsError.None, await FlushAsync(mount, file));
        Assert.Equal(0, faults.CallsOf("File.Flush"));
        Assert.Equal(FsError.None, await FlushAsync(mount, file));

        var releasing = mount.Fs.ReleaseAsync(file).AsTask();
        Assert.Contains("storing: 1", await mount.GetAsync("d/b", ControlAttributes.Status), StringComparison.Ordinal);

        // A backup with such a file is not idle, however long it takes.
        await mount.PassAsync(TimeSpan.FromHours(1));
        Assert.Equal("open", await mount.StateAsync("d/b"));
        var draining = mount.Fs.DrainAsync(isFinal: false, CancellationToken.None);
        var ending = mount.EndAsync("d/b");
        await Eventually.TrueAsync(() => mount.LifeAsync().Result.StateName == "ending");
        mount.Time.Advance(TimeSpan.FromHours(1));
        Assert.False(releasing.IsCompleted);
        Assert.False(draining.IsCompleted);
        Assert.False(ending.IsCompleted);
        stall.Over();

        await Eventually.InTimeAsync(releasing);
        Assert.Equal(FsError.None, await mount.PassUntilAsync(ending));
        await mount.PassUntilAsync(draining);
        Assert.Equal("text", await mount.ReadFileAsync("d/b/file"));
    }

    [Fact]
    public async Task An_fsync_waits_until_the_file_is_stored()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowBegunAsync(faults, Deferred);
        var file = (await mount.CreateAsync("d/b/file")).Value;
        await mount.WriteAsync(file, "text");
        Assert.Equal(FsError.None, await FlushAsync(mount, file));
        var stall = new Stall(faults, "File.Sync");
        var syncing = mount.Fs.FsyncAsync(file, dataOnly: false, CancellationToken.None).AsTask();
        await stall.HitAsync();
        Assert.False(syncing.IsCompleted);
        stall.Over();
        Assert.Equal(FsError.None, await Eventually.InTimeAsync(syncing));
        await mount.Fs.ReleaseAsync(file);
    }

    [Fact]
    public async Task While_as_many_files_as_agreed_are_being_stored_the_next_close_waits_and_can_be_interrupted()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowBegunAsync(faults, Deferred);
        var stall = new Stall(faults, "File.Flush");
        var releasing = new List<Task>();
        for (var i = 0; i < 4; i++)
        {
            var file = (await mount.CreateAsync($"d/b/{i}")).Value;
            await mount.WriteAsync(file, "text");
            Assert.Equal(FsError.None, await Eventually.InTimeAsync(FlushAsync(mount, file)));
            releasing.Add(mount.Fs.ReleaseAsync(file).AsTask());
        }

        await stall.HitAsync(4);
        var next = (await mount.CreateAsync("d/b/next")).Value;
        await mount.WriteAsync(next, "text");
        using var interrupt = new CancellationTokenSource();
        var interrupted = mount.Fs.FlushAsync(next, TestMount.Nobody, interrupt.Token).AsTask();
        var closing = FlushAsync(mount, next);
        Assert.False(interrupted.IsCompleted);
        await interrupt.CancelAsync();
        Assert.Equal(FsError.Interrupted, await Eventually.InTimeAsync(interrupted));
        Assert.False(closing.IsCompleted);
        stall.Over();

        Assert.Equal(FsError.None, await Eventually.InTimeAsync(closing));
        releasing.Add(mount.Fs.ReleaseAsync(next).AsTask());
        await Eventually.InTimeAsync(Task.WhenAll(releasing));

        // All places are free again.
        for (var i = 0; i < 8; i++)
        {
            Assert.Equal(FsError.None, await Eventually.InTimeAsync(mount.WriteFileAsync($"d/b/again {i}", "text")));
        }

        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
        Assert.Equal("text", await mount.ReadFileAsync("d/b/next"));
    }

    [Theory]
    [InlineData("write")]
    [InlineData("remove")]
    [InlineData("replace")]
    public async Task What_goes_wrong_after_a_close_is_told_by_the_next_one_and_keeps_the_backup_from_ending(string repair)
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowBegunAsync(faults, Deferred);
        var file = (await mount.CreateAsync("d/b/file")).Value;
        await mount.WriteAsync(file, "text");
        var over = new TaskCompletionSource();
        faults.Add(new Fault
        {
            Operation = "File.Flush",
            Until = over.Task,
            Error = new StorageError(StorageErrorKind.Unavailable, "the upload failed"),
            Times = 1,
        });
        Assert.Equal(FsError.None, await FlushAsync(mount, file));
        var releasing = mount.Fs.ReleaseAsync(file).AsTask();
        var another = (await mount.OpenAsync("d/b/file", FileAccessMode.ReadWrite)).Value;
        over.SetResult();
        await Eventually.InTimeAsync(releasing);

        Assert.Equal(FsError.Unavailable, await mount.CloseAsync(another));
        Assert.Equal(FsError.Io, await mount.EndAsync("d/b"));
        Assert.Contains("file: ", await mount.GetAsync("d/b", ControlAttributes.Error), StringComparison.Ordinal);
        Assert.Contains("the upload failed", await mount.GetAsync("d/b/file", ControlAttributes.Error), StringComparison.Ordinal);

        switch (repair)
        {
            case "write":
                Assert.Equal(FsError.None, await mount.WriteFileAsync("d/b/file", "again"));
                break;
            case "remove":
                Assert.Equal(FsError.None, await mount.UnlinkAsync("d/b/file"));
                break;
            default:
                Assert.Equal(FsError.None, await mount.WriteFileAsync("d/b/other", "again"));
                Assert.Equal(FsError.None, await mount.RenameAsync("d/b/other", "d/b/file"));
                break;
        }

        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
    }

    [Fact]
    public async Task A_file_on_its_way_can_be_read_renamed_changed_and_removed()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowBegunAsync(faults, Deferred);
        var stall = new Stall(faults, "File.Flush");
        var file = (await mount.CreateAsync("d/b/.f.tmp")).Value;
        var removed = (await mount.CreateAsync("d/b/removed")).Value;
        await mount.WriteAsync(file, "text");
        await mount.WriteAsync(removed, "text");
        Assert.Equal(FsError.None, await FlushAsync(mount, file));
        Assert.Equal(FsError.None, await FlushAsync(mount, removed));
        var releasing = Task.WhenAll(mount.Fs.ReleaseAsync(file).AsTask(), mount.Fs.ReleaseAsync(removed).AsTask());

        Assert.Equal(FsError.None, await mount.RenameAsync("d/b/.f.tmp", "d/b/f"));
        Assert.Equal(FsError.None, await mount.UnlinkAsync("d/b/removed"));
        Assert.Equal(4, (await mount.StatAsync("d/b/f")).Value.Size);
        var reader = (await mount.OpenAsync("d/b/f", FileAccessMode.Read)).Value;
        var buffer = new byte[16];
        Assert.Equal(4, (await mount.Fs.ReadAsync(reader, buffer, 0, CancellationToken.None)).Value);
        Assert.Equal("text", Encoding.UTF8.GetString(buffer, 0, 4));
        await mount.Fs.ReleaseAsync(reader);
        Assert.Equal(["f"], await mount.ListAsync("d/b"));
        Assert.False(releasing.IsCompleted);
        stall.Over();

        await Eventually.InTimeAsync(releasing);
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
        Assert.Equal("text", await mount.ReadFileAsync("d/b/f"));
        Assert.Equal(["f"], await mount.ListAsync("d/b"));
    }

    private static Task<FsError> FlushAsync(TestMount mount, OpenFile file) =>
        mount.Fs.FlushAsync(file, TestMount.Nobody, CancellationToken.None).AsTask();
}
