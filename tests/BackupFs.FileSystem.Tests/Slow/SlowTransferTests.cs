using System.Text;

namespace BackupFs.FileSystem.Tests.Slow;

/// <summary>Reading, writing and closing over a storage that takes its time.</summary>
public sealed class SlowTransferTests
{
    private const int Readers = 200;

    [Fact]
    public async Task Two_hundred_stalled_reads_block_nothing_else_and_can_be_interrupted()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowCompleteAsync(faults);
        var file = (await mount.OpenAsync("d/b/file", FileAccessMode.Read)).Value;
        var stall = new Stall(faults, "File.Read", "file");
        using var interrupt = new CancellationTokenSource();
        var reads = Enumerable.Range(0, Readers)
            .Select(_ => mount.Fs.ReadAsync(file, new byte[16], 0, interrupt.Token).AsTask()).ToArray();
        await stall.HitAsync(Readers);

        Assert.Equal(FsError.None, await mount.MkdirAsync("d/c"));
        Assert.Equal(FsError.None, await mount.WriteFileAsync("d/c/other", "x"));
        Assert.Equal("x", await mount.ReadFileAsync("d/c/other"));
        Assert.Equal(FsError.None, await mount.EndAsync("d/c"));
        Assert.Equal(["b", "c"], await mount.ListAsync("d"));
        Assert.DoesNotContain(reads, read => read.IsCompleted);

        await interrupt.CancelAsync();
        Assert.All(await Eventually.InTimeAsync(Task.WhenAll(reads)), read => Assert.Equal(FsError.Interrupted, read.Error));
        await mount.CloseAsync(file);
        stall.Over();
    }

    [Fact]
    public async Task An_interrupted_write_can_be_repeated_and_the_backup_ends()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowBegunAsync(faults);
        var file = (await mount.CreateAsync("d/b/file")).Value;
        var stall = new Stall(faults, "File.Write", times: 1);
        using var interrupt = new CancellationTokenSource();
        var writing = mount.Fs.WriteAsync(file, "text"u8.ToArray(), 0, clearSetId: false, interrupt.Token).AsTask();
        await stall.HitAsync();

        await interrupt.CancelAsync();

        Assert.Equal(FsError.Interrupted, (await Eventually.InTimeAsync(writing)).Error);
        Assert.Equal(FsError.None, await mount.WriteAsync(file, "text"));
        Assert.Equal(FsError.None, await mount.CloseAsync(file));
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
        Assert.Equal("text", await mount.ReadFileAsync("d/b/file"));
    }

    [Theory]
    [InlineData("File.Write")]
    [InlineData("File.Flush")]
    public async Task A_storage_that_gives_up_by_itself_has_failed(string operation)
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowBegunAsync(faults);
        var file = (await mount.CreateAsync("d/b/file")).Value;
        faults.Add(new Fault { Operation = operation, Until = Task.FromCanceled(new CancellationToken(true)), Times = 1 });

        FsError[] told = [await mount.WriteAsync(file, "text"), await mount.CloseAsync(file)];

        Assert.Contains(FsError.Io, told);
        Assert.DoesNotContain(FsError.Interrupted, told);
        Assert.Equal(FsError.Io, await mount.EndAsync("d/b"));
        Assert.Contains("nobody asked", await mount.GetAsync("d/b", ControlAttributes.Error), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Storage.FindBackup")]
    [InlineData("Storage.ListBackups")]
    [InlineData("Storage.GetDirectoryAttributes")]
    [InlineData("Storage.GetSpace")]
    [InlineData("Tree.GetAttributes")]
    [InlineData("Tree.List")]
    [InlineData("Tree.OpenFile")]
    [InlineData("Tree.CreateFile")]
    [InlineData("Tree.CreateDirectory")]
    [InlineData("Tree.Rename")]
    [InlineData("Tree.Unlink")]
    [InlineData("Storage.StartBackup")]
    public async Task No_cancellation_of_the_storage_leaves_the_file_system(string operation)
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowCompleteAsync(faults);
        await mount.MkdirAsync("d/open");
        await mount.WriteFileAsync("d/open/file", "x");
        var root = await mount.LookupAsync("d/open");
        var file = await mount.LookupAsync("d/open/file");
        var directory = await mount.DirectoryAsync();
        faults.Add(new Fault { Operation = operation, Until = Task.FromCanceled(new CancellationToken(true)) });

        var fs = mount.Fs;
        var none = CancellationToken.None;
        var open = fs.Opendir(directory).Value;
        var openRoot = fs.Opendir(root.Value.Inode).Value;
        FsError[] told =
        [
            (await fs.LookupAsync(directory, "b", none)).Error,
            (await fs.GetAttributesAsync(fs.Inodes.Root, null, none)).Error,
            (await fs.GetAttributesAsync(file.Value.Inode, null, none)).Error,
            (await fs.ReaddirAsync(open, true, none)).Error,
            (await fs.ReaddirAsync(openRoot, true, none)).Error,
            (await fs.StatfsAsync(none)).Error,
            (await fs.OpenAsync(file.Value.Inode, FileAccessMode.Read, false, TestMount.Nobody, none)).Error,
            (await fs.CreateAsync(root.Value.Inode, "new", new NewEntry(0x1A4), FileAccessMode.Write, true, false, TestMount.Nobody, none)).Error,
            (await fs.MkdirAsync(root.Value.Inode, "sub", new NewEntry(0x1ED), TestMount.Nobody, none)).Error,
            (await fs.MkdirAsync(directory, "another", new NewEntry(0x1ED), TestMount.Nobody, none)).Error,
            await fs.RenameAsync(root.Value.Inode, "file", root.Value.Inode, "moved", RenameMode.Replace, TestMount.Nobody, none),
            await fs.UnlinkAsync(root.Value.Inode, "moved", TestMount.Nobody, none),
        ];

        Assert.Contains(FsError.Io, told);
        Assert.DoesNotContain(FsError.Interrupted, told);
        faults.Clear();
    }

    [Fact]
    public async Task An_interrupted_close_lets_the_file_be_stored_and_the_end_waits_for_it()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowBegunAsync(faults);
        var file = (await mount.CreateAsync("d/b/file")).Value;
        await mount.WriteAsync(file, "text");
        var stall = new Stall(faults, "File.Flush");
        using var interrupt = new CancellationTokenSource();
        var closing = mount.Fs.FlushAsync(file, TestMount.Nobody, interrupt.Token).AsTask();
        await stall.HitAsync();

        await interrupt.CancelAsync();
        Assert.Equal(FsError.Interrupted, await Eventually.InTimeAsync(closing));
        var releasing = mount.Fs.ReleaseAsync(file).AsTask();
        var ending = mount.EndAsync("d/b");

        // However long: the patience for files that nobody closes does not count here.
        mount.Time.Advance(TimeSpan.FromMinutes(10));
        await Eventually.TrueAsync(() => mount.LifeAsync().Result.StateName == "ending");
        Assert.False(releasing.IsCompleted);
        Assert.False(ending.IsCompleted);
        stall.Over();

        await Eventually.InTimeAsync(releasing);
        Assert.Equal(FsError.None, await mount.PassUntilAsync(ending));
        Assert.Equal("text", await mount.ReadFileAsync("d/b/file"));
    }

    [Fact]
    public async Task What_goes_wrong_after_an_interrupted_close_keeps_the_backup_from_ending()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowBegunAsync(faults);
        var file = (await mount.CreateAsync("d/b/file")).Value;
        var over = new TaskCompletionSource();
        faults.Add(new Fault
        {
            Operation = "File.Flush",
            Until = over.Task,
            Error = new StorageError(StorageErrorKind.Unavailable, "the upload failed"),
            Times = 1,
        });
        using var interrupt = new CancellationTokenSource();
        var closing = mount.Fs.FlushAsync(file, TestMount.Nobody, interrupt.Token).AsTask();
        await interrupt.CancelAsync();
        Assert.Equal(FsError.Interrupted, await Eventually.InTimeAsync(closing));
        var releasing = mount.Fs.ReleaseAsync(file).AsTask();

        over.SetResult();
        await Eventually.InTimeAsync(releasing);

        Assert.Equal(FsError.Io, await mount.EndAsync("d/b"));
        Assert.Contains("the upload failed", await mount.GetAsync("d/b", ControlAttributes.Error), StringComparison.Ordinal);
        Assert.Equal(FsError.None, await mount.WriteFileAsync("d/b/file", "again"));
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
    }

    [Fact]
    public async Task An_interrupted_fsync_lets_the_file_be_stored_before_it_is_released()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowBegunAsync(faults);
        var file = (await mount.CreateAsync("d/b/file")).Value;
        await mount.WriteAsync(file, "text");
        var stall = new Stall(faults, "File.Sync");
        using var interrupt = new CancellationTokenSource();
        var syncing = mount.Fs.FsyncAsync(file, dataOnly: false, interrupt.Token).AsTask();
        await stall.HitAsync();
        await interrupt.CancelAsync();
        Assert.Equal(FsError.Interrupted, await Eventually.InTimeAsync(syncing));

        var releasing = mount.Fs.ReleaseAsync(file).AsTask();
        Assert.False(releasing.IsCompleted);
        stall.Over();

        await Eventually.InTimeAsync(releasing);
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
    }

    [Fact]
    public async Task While_a_file_is_being_stored_everything_else_of_it_and_of_its_backup_goes_on()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowBegunAsync(faults);
        var file = (await mount.CreateAsync("d/b/large")).Value;
        await mount.WriteAsync(file, "text");
        var stall = new Stall(faults, "File.Flush", "large");
        var closing = mount.CloseAsync(file);
        await stall.HitAsync();

        Assert.Equal("text", Encoding.UTF8.GetString(await ReadAsync(mount, "d/b/large")));
        Assert.Equal(4, (await mount.StatAsync("d/b/large")).Value.Size);
        Assert.Equal(FsError.None, await mount.WriteFileAsync("d/b/other", "x"));
        Assert.Equal(FsError.None, await mount.MkdirAsync("d/b/sub"));
        Assert.Equal(FsError.None, await mount.RenameAsync("d/b/large", "d/b/sub/renamed"));
        Assert.Equal(FsError.None, await mount.UnlinkAsync("d/b/other"));
        Assert.Equal(["sub"], await mount.ListAsync("d/b"));
        Assert.Equal("open", await mount.StateAsync("d/b"));
        Assert.False(closing.IsCompleted);
        stall.Over();

        Assert.Equal(FsError.None, await Eventually.InTimeAsync(closing));
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
        Assert.Equal("text", await mount.ReadFileAsync("d/b/sub/renamed"));
    }

    private static async Task<byte[]> ReadAsync(TestMount mount, string path)
    {
        var opened = (await mount.OpenAsync(path, FileAccessMode.Read)).Value;
        var buffer = new byte[64];
        var read = await mount.Fs.ReadAsync(opened, buffer, 0, CancellationToken.None);
        await mount.Fs.ReleaseAsync(opened);
        return buffer[..read.Value];
    }
}
