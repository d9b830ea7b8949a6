using Xunit;

namespace BackupFs.Storage.Contract;

public abstract partial class StorageContract
{
    [Fact]
    public async Task Removing_a_backup_removes_exactly_that_one()
    {
        foreach (var name in new[] { "a", "ab", "a.b", "b" })
        {
            (await CompleteAsync(name, ("d/f", Bytes(name)))).Dispose();
        }

        await Storage.RemoveBackupAsync(Shard, "a", Soon);
        Assert.Equal(["a.b", "ab", "b"], await NamesAsync(Storage));
        Assert.Null(await (await ReopenAsync()).FindBackupAsync(Shard, "a", Soon));
        using var ab = await FindAsync("ab");
        Assert.Equal(Bytes("ab"), await ReadAsync(ab, "d/f"));
    }

    [Fact]
    public async Task Removing_what_does_not_exist_succeeds()
    {
        await Storage.RemoveBackupAsync(Shard, "none", Soon);
        await Storage.RemoveBackupAsync("no/such", "none", Soon);
        (await CompleteAsync("b")).Dispose();
        await Storage.RemoveBackupAsync(Shard, "b", Soon);
        await Storage.RemoveBackupAsync(Shard, "b", Soon);
        Assert.Empty(await NamesAsync(Storage));
    }

    [Fact]
    public async Task A_removed_name_can_be_started_again()
    {
        (await CompleteAsync("b", ("old", Bytes("x")))).Dispose();
        await Storage.RemoveBackupAsync(Shard, "b", Soon);
        using var again = await CompleteAsync("b", ("new", Bytes("x")));
        Assert.Equal(["new"], await ChildrenAsync(again.Tree, ""));
    }

    [Fact]
    public async Task What_is_open_for_writing_cannot_be_removed()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        var other = await ReopenAsync();
        await ThrowsAsync(StorageErrorKind.Busy, async () => await Storage.RemoveBackupAsync(Shard, "b", Soon));
        await ThrowsAsync(StorageErrorKind.Busy, async () => await other.RemoveBackupAsync(Shard, "b", Soon));
        await AddAsync(handle, "f", Bytes("x"));
        await EndAsync(handle);
        Assert.Equal(["b"], await NamesAsync(other));
    }
}
