using Xunit;

namespace BackupFs.Storage.Contract;

public abstract partial class StorageContract
{
    [Fact]
    public async Task What_was_added_is_read_back()
    {
        var big = RandomBytes((3 << 20) + 123);
        using var found = await CompleteAsync("b", ("a", Bytes("hello")), ("empty", []), ("sub/dir/big", big));
        Assert.Equal(Bytes("hello"), await ReadAsync(found, "a"));
        Assert.Empty(await ReadAsync(found, "empty"));
        Assert.Equal(big, await ReadAsync(found, "sub/dir/big"));
        Assert.Equal(["a", "empty", "sub"], await ChildrenAsync(found.Tree, ""));
        Assert.Equal(["dir"], await ChildrenAsync(found.Tree, "sub"));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(1 << 20)]
    [InlineData(1L << 40)]
    public async Task Whatever_the_hint_the_bytes_are_exact(long hint)
    {
        var content = RandomBytes(1000);
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        await AddAsync(handle, "f", content, hint);
        await EndAsync(handle);
        using var found = await FindAsync("b");
        Assert.Equal(content, await ReadAsync(found, "f"));
        Assert.Equal(1000, (await StatAsync(found.Tree, "f")).Size);
    }

    [Fact]
    public async Task Many_files_are_added_at_once()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        await Parallel.ForEachAsync(Enumerable.Range(0, 50), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (number, _) =>
        {
            await using var stream = await handle.AddFileAsync($"d{number % 5}/{number}", 30_000, Soon);
            foreach (var part in RandomBytes(30_000, number).Chunk(7_000))
            {
                await stream.WriteAsync(part, Soon);
            }
        });
        await EndAsync(handle);
        using var found = await FindAsync("b");
        for (var number = 0; number < 50; number++)
        {
            Assert.Equal(RandomBytes(30_000, number), await ReadAsync(found, $"d{number % 5}/{number}"));
        }
    }

    [Fact]
    public async Task A_file_added_again_replaces_the_first()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        await AddAsync(handle, "f", RandomBytes(10_000));
        await AddAsync(handle, "f", Bytes("second"));
        await EndAsync(handle);
        using var found = await FindAsync("b");
        Assert.Equal(Bytes("second"), await ReadAsync(found, "f"));
    }

    [Fact]
    public async Task A_cancelled_file_fails_at_its_end_and_blocks_the_backup_until_it_is_added_again()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        using var cancel = new CancellationTokenSource();
        var stream = await handle.AddFileAsync("f", -1, cancel.Token);
        await stream.WriteAsync(Bytes("half"), Soon);
        await cancel.CancelAsync();
        await ThrowsAsync(StorageErrorKind.Cancelled, async () => await stream.DisposeAsync());
        Assert.True(handle.Errors.HasErrors);
        Assert.Equal(["f"], handle.Errors.FailedFiles);
        await ThrowsAsync(StorageErrorKind.Cancelled, async () => await EndAsync(handle));
        Assert.Empty(await NamesAsync(Storage));
        await AddAsync(handle, "f", Bytes("whole"));
        Assert.False(handle.Errors.HasErrors);
        await EndAsync(handle);
        using var found = await FindAsync("b");
        Assert.Equal(Bytes("whole"), await ReadAsync(found, "f"));
    }

    [Fact]
    public async Task A_file_cannot_be_added_over_a_directory_or_below_a_file()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        await AddAsync(handle, "d/f", Bytes("x"));
        await ThrowsAsync(StorageErrorKind.IsADirectory, async () => await handle.AddFileAsync("d", -1, Soon));
        await ThrowsAsync(StorageErrorKind.NotADirectory, async () => await handle.AddFileAsync("d/f/g", -1, Soon));
    }

    [Fact]
    public async Task Reading_what_is_not_there_fails_at_open()
    {
        using var found = await CompleteAsync("b", ("d/f", Bytes("x")));
        await ThrowsAsync(StorageErrorKind.NotFound, async () => await found.ReadFileAsync("missing", Soon));
        await ThrowsAsync(StorageErrorKind.NotFound, async () => await found.ReadFileAsync("missing/f", Soon));
        await ThrowsAsync(StorageErrorKind.IsADirectory, async () => await found.ReadFileAsync("d", Soon));
    }

    [Fact]
    public async Task What_is_for_the_other_kind_of_handle_is_refused()
    {
        using var open = await Storage.StartBackupAsync(Shard, "b", Soon);
        await AddAsync(open, "f", Bytes("x"));
        Assert.Equal(
            "ReadFile cannot be called on read-write backup",
            (await ThrowsAsync(StorageErrorKind.NotPermitted, async () => await open.ReadFileAsync("f", Soon))).Message);
        await EndAsync(open);
        using var found = await FindAsync("b");
        foreach (var handle in new[] { open, found })
        {
            Assert.Equal(
                "AddFile cannot be called on read-only backup",
                (await ThrowsAsync(StorageErrorKind.NotPermitted, async () => await handle.AddFileAsync("g", -1, Soon))).Message);
            Assert.Equal(
                "EndBackup cannot be called on read-only backup",
                (await ThrowsAsync(StorageErrorKind.NotPermitted, async () => await EndAsync(handle))).Message);
            Assert.Equal(
                "AbortBackup cannot be called on read-only backup",
                (await ThrowsAsync(StorageErrorKind.NotPermitted, async () => await handle.AbortBackupAsync(Soon))).Message);
            await handle.SuspendAsync(Soon);
            Assert.Equal(Bytes("x"), await ReadAsync(handle, "f"));
        }
    }
}
