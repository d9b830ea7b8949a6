using Xunit;

namespace BackupFs.Storage.Contract;

public abstract partial class StorageContract
{
    [Fact]
    public async Task An_empty_storage_lists_nothing()
    {
        Assert.Empty(await NamesAsync(Storage));
        Assert.Empty(await NamesAsync(Storage, ""));
        Assert.Empty(await IncompleteNamesAsync(Storage));
        Assert.Empty(await Storage.ListDirectoriesAsync("", Soon));
        Assert.Null(await Storage.FindBackupAsync(Shard, "none", Soon));
    }

    [Fact]
    public async Task A_backup_without_files_is_listed_with_its_directory_and_name()
    {
        using var backup = await CompleteAsync("empty");
        var listed = Assert.Single(await Storage.ListBackupsAsync(Shard, Soon));
        Assert.Equal((Shard, "empty"), (listed.Directory, listed.Name));
        Assert.Equal(BackupState.Complete, listed.State);
        Assert.False(listed.IsReadWrite);
        Assert.Empty(await ChildrenAsync(listed.Tree, ""));
    }

    [Fact]
    public async Task Backups_are_listed_by_name_in_ordinal_order()
    {
        foreach (var name in new[] { "b", "a", "B", "a.1", "\u00e4", "10", "9" })
        {
            (await CompleteAsync(name)).Dispose();
        }

        Assert.Equal(["10", "9", "B", "a", "a.1", "b", "\u00e4"], await NamesAsync(Storage));
        Assert.Equal(["10", "9", "B", "a", "a.1", "b", "\u00e4"], await NamesAsync(await ReopenAsync()));
    }

    [Fact]
    public async Task A_backup_can_be_kept_at_the_root_and_deep_down()
    {
        foreach (var directory in new[] { "", "a", "b/c/d/e" })
        {
            using var handle = await Storage.StartBackupAsync(directory, "name", Soon);
            await AddAsync(handle, "f", Bytes("x"));
            await EndAsync(handle);
            using var found = await Storage.FindBackupAsync(directory, "name", Soon);
            Assert.Equal(directory, found?.Directory);
            Assert.Equal(Bytes("x"), await ReadAsync(found!, "f"));
        }
    }

    [Fact]
    public async Task A_backup_can_be_found_by_its_name_only()
    {
        (await CompleteAsync("a")).Dispose();
        Assert.Null(await Storage.FindBackupAsync(Shard, "ab", Soon));
        Assert.Null(await Storage.FindBackupAsync("commerce", "a", Soon));
        Assert.Null(await Storage.FindBackupAsync("missing/directory", "a", Soon));
    }

    [Fact]
    public async Task A_foreign_backup_is_listed_and_read_and_has_no_manifest()
    {
        var files = new Dictionary<string, byte[]> { ["MANIFEST"] = Bytes("{}"), ["0"] = Bytes("zero"), ["sub/1"] = Bytes("one") };
        if (!await PlantForeignAsync(Shard, "2024-10-11.094342.zone1-0000000402", files))
        {
            return;
        }

        using var foreign = Assert.Single(await Storage.ListBackupsAsync(Shard, Soon));
        Assert.Equal(BackupState.Foreign, foreign.State);
        Assert.Null(await foreign.ReadManifestAsync(Soon));
        Assert.Equal(Bytes("zero"), await ReadAsync(foreign, "0"));
        Assert.Equal(Bytes("one"), await ReadAsync(foreign, "sub/1"));
        await ThrowsAsync(StorageErrorKind.AlreadyExists, async () => await Storage.StartBackupAsync(Shard, foreign.Name, Soon));
        Fails(StorageErrorKind.ReadOnly, await foreign.Tree.UnlinkAsync("0", Soon));
        await Storage.RemoveBackupAsync(Shard, foreign.Name, Soon);
        Assert.Empty(await NamesAsync(Storage));
    }

    [Fact]
    public async Task A_backup_of_Vitess_without_its_MANIFEST_is_incomplete()
    {
        const string Name = "2024-10-11.094342.zone1-0000000402";
        if (!await PlantForeignAsync(Shard, Name, new Dictionary<string, byte[]> { ["0"] = Bytes("zero") }))
        {
            return;
        }

        Assert.Empty(await NamesAsync(Storage));
        Assert.Equal([Name], await IncompleteNamesAsync(Storage));
        using var found = await FindAsync(Name);
        Assert.Equal(BackupState.Incomplete, found.State);
    }
}
