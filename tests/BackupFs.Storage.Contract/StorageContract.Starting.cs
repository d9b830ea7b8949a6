using Xunit;

namespace BackupFs.Storage.Contract;

public abstract partial class StorageContract
{
    [Fact]
    public async Task A_started_backup_is_open_and_read_write()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        Assert.Equal((Shard, "b", true, BackupState.Open), (handle.Directory, handle.Name, handle.IsReadWrite, handle.State));
        Assert.False(handle.Errors.HasErrors);
        Assert.Empty(handle.UnfinishedFiles);
        Assert.Equal(EntryType.Directory, (await StatAsync(handle.Tree, "")).Type);
        await handle.AbortBackupAsync(Soon);
    }

    [Fact]
    public async Task A_name_can_be_started_only_once_whatever_became_of_it()
    {
        using var open = await Storage.StartBackupAsync(Shard, "b", Soon);
        var other = await ReopenAsync();
        await ThrowsAsync(StorageErrorKind.AlreadyExists, async () => await Storage.StartBackupAsync(Shard, "b", Soon));
        await ThrowsAsync(StorageErrorKind.AlreadyExists, async () => await other.StartBackupAsync(Shard, "b", Soon));
        await SimulateCrashAsync(open);
        await ThrowsAsync(StorageErrorKind.AlreadyExists, async () => await other.StartBackupAsync(Shard, "b", Soon));
        using var resumed = await other.ResumeBackupAsync(Shard, "b", Soon);
        await EndAsync(resumed);
        await ThrowsAsync(StorageErrorKind.AlreadyExists, async () => await other.StartBackupAsync(Shard, "b", Soon));
    }

    [Fact]
    public async Task Of_sixteen_racers_one_gets_the_name()
    {
        var other = await ReopenAsync();
        using var ready = new Barrier(16);
        var racers = Enumerable.Range(0, 16).Select(number => Task.Factory.StartNew(
            async () =>
            {
                ready.SignalAndWait(Soon);
                try
                {
                    return await (number % 2 == 0 ? Storage : other).StartBackupAsync("race", "b", Soon);
                }
                catch (StorageException exception) when (exception.Kind == StorageErrorKind.AlreadyExists)
                {
                    return null;
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).Unwrap());
        var winners = (await Task.WhenAll(racers)).OfType<IBackupHandle>().ToList();
        using var winner = Assert.Single(winners);
        await AddAsync(winner, "f", Bytes("x"));
        await EndAsync(winner);
        Assert.Equal(["b"], await NamesAsync(Storage, "race"));
    }

    [Fact]
    public async Task Backups_of_several_names_are_open_at_once()
    {
        using var a = await Storage.StartBackupAsync(Shard, "a", Soon);
        using var ab = await Storage.StartBackupAsync(Shard, "ab", Soon);
        await AddAsync(a, "f", Bytes("a"));
        await AddAsync(ab, "f", Bytes("ab"));
        await EndAsync(ab);
        await a.AbortBackupAsync(Soon);
        Assert.Equal(["ab"], await NamesAsync(Storage));
        using var found = await FindAsync("ab");
        Assert.Equal(Bytes("ab"), await ReadAsync(found, "f"));
    }

    [Fact]
    public async Task The_token_of_the_start_is_not_kept()
    {
        using var cancel = new CancellationTokenSource();
        using var handle = await Storage.StartBackupAsync(Shard, "b", cancel.Token);
        await cancel.CancelAsync();
        await AddAsync(handle, "f", Bytes("x"));
        await EndAsync(handle);
        Assert.Equal(["b"], await NamesAsync(Storage));
    }

    [Fact]
    public async Task A_storage_can_be_used_again_after_Close()
    {
        (await CompleteAsync("a", ("f", Bytes("x")))).Dispose();
        await Storage.CloseAsync(Soon);
        Assert.Equal(["a"], await NamesAsync(Storage));
        using var b = await Storage.StartBackupAsync(Shard, "b", Soon);
        await EndAsync(b);
        await Storage.CloseAsync(Soon);
        await Storage.CloseAsync(Soon);
        Assert.Equal(["a", "b"], await NamesAsync(Storage));
    }
}
