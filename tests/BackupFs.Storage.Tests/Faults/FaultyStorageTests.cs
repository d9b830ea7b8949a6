namespace BackupFs.Storage.Tests;

public sealed class FaultyStorageTests
{
    private static readonly NewEntry Plain = new(0x1A4);
    private readonly MemoryStore _store = new();
    private readonly FaultPlan _plan = new();
    private readonly FaultyStorage _storage;

    public FaultyStorageTests() => _storage = new FaultyStorage(new MemoryStorage(_store), _plan);

    [Fact]
    public async Task Exactly_the_counted_calls_of_the_path_fail()
    {
        using var handle = await _storage.StartBackupAsync("", "b", default);
        await using var f = (await handle.Tree.CreateFileAsync("f", FileAccessMode.Write, Plain, default)).Value;
        await using var g = (await handle.Tree.CreateFileAsync("g", FileAccessMode.Write, Plain, default)).Value;
        _plan.Fail("File.Write", StorageErrorKind.NoSpace, path: "f", skip: 1, times: 2);
        var kinds = new List<StorageErrorKind?>();
        for (var i = 0; i < 5; i++)
        {
            Assert.True((await g.WriteAsync(new byte[1], i, default)).IsOk);
            kinds.Add((await f.WriteAsync(new byte[1], i, default)).Error?.Kind);
        }

        Assert.Equal([null, StorageErrorKind.NoSpace, StorageErrorKind.NoSpace, null, null], kinds);
        Assert.Equal(10, _plan.CallsOf("File.Write"));
    }

    [Fact]
    public async Task An_answer_can_be_lost_after_the_work_was_done()
    {
        using var handle = await _storage.StartBackupAsync("", "b", default);
        _plan.Add(new Fault { Operation = "Handle.EndBackup", Error = new StorageError(StorageErrorKind.Unavailable), Timing = FaultTiming.After });
        await Assert.ThrowsAsync<StorageException>(async () => await handle.EndBackupAsync(BackupNotes.None, default));
        Assert.Equal(BackupState.Complete, handle.State);
    }

    [Theory]
    [InlineData("Stream.Write")]
    [InlineData("Stream.Dispose")]
    public async Task A_file_that_fails_while_it_is_added_is_recorded_and_blocks_the_end(string operation)
    {
        using var handle = await _storage.StartBackupAsync("", "b", default);
        _plan.Fail(operation, StorageErrorKind.QuotaExceeded, times: 1);
        var error = await Assert.ThrowsAsync<StorageException>(async () => await AddAsync(handle, "f"));
        Assert.Equal(StorageErrorKind.QuotaExceeded, error.Kind);
        Assert.Equal(["f"], handle.Errors.FailedFiles);
        await Assert.ThrowsAsync<StorageException>(async () => await handle.EndBackupAsync(BackupNotes.None, default));
        await AddAsync(handle, "f");
        await handle.EndBackupAsync(BackupNotes.None, default);
        Assert.Single(await _storage.ListBackupsAsync("", default));
    }

    [Fact]
    public async Task A_call_can_be_held()
    {
        using var handle = await _storage.StartBackupAsync("", "b", default);
        var gate = new TaskCompletionSource();
        _plan.Add(new Fault { Operation = "Tree.CreateDirectory", Until = gate.Task, Times = 1 });
        var held = handle.Tree.CreateDirectoryAsync("d", new NewEntry(0x1ED), default).AsTask();
        Assert.False(held.IsCompleted);
        Assert.Empty((await handle.Tree.ListAsync("", default)).Value);
        gate.SetResult();
        Assert.True((await held).IsOk);
    }

    [Fact]
    public async Task Cleared_rules_fail_no_more()
    {
        _plan.Fail("Storage.StartBackup", StorageErrorKind.Io);
        await Assert.ThrowsAsync<StorageException>(async () => await _storage.StartBackupAsync("", "b", default));
        _plan.Clear();
        (await _storage.StartBackupAsync("", "b", default)).Dispose();
    }

    [Theory]
    [InlineData("Write")]
    [InlineData("File.Writ")]
    [InlineData("Door.Open")]
    public void An_operation_that_does_not_exist_is_refused(string operation) =>
        Assert.Throws<ArgumentException>(() => _plan.Fail(operation, StorageErrorKind.Io));

    private static async Task AddAsync(IBackupHandle handle, string path)
    {
        await using var stream = await handle.AddFileAsync(path, -1, default);
        await stream.WriteAsync(new byte[10]);
    }
}
