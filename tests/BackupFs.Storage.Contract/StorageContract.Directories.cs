using Xunit;

namespace BackupFs.Storage.Contract;

public abstract partial class StorageContract
{
    [Fact]
    public async Task Directories_above_the_backups_are_listed_with_the_backups()
    {
        (await CompleteAsync("b")).Dispose();
        Assert.Equal(["commerce"], await Storage.ListDirectoriesAsync("", Soon));
        Assert.Equal(["-80"], await Storage.ListDirectoriesAsync("commerce", Soon));
        Assert.Equal(["b"], await Storage.ListDirectoriesAsync(Shard, Soon));
        Assert.Empty(await Storage.ListDirectoriesAsync("missing", Soon));
        Assert.Equal(EntryType.Directory, (await Storage.GetDirectoryAttributesAsync("", Soon)).Value.Type);
        Assert.Equal(EntryType.Directory, (await Storage.GetDirectoryAttributesAsync(Shard, Soon)).Value.Type);
        Fails(StorageErrorKind.NotFound, await Storage.GetDirectoryAttributesAsync("missing", Soon));
    }

    [Fact]
    public async Task Directories_can_be_made_and_removed_where_they_are_real()
    {
        if (!Storage.Capabilities.RealDirectories)
        {
            Fails(StorageErrorKind.Unsupported, await Storage.CreateDirectoryAsync("a", PlainDirectory, Soon));
            Fails(StorageErrorKind.Unsupported, await Storage.RemoveDirectoryAsync("a", Soon));
            Fails(StorageErrorKind.Unsupported, await Storage.SetDirectoryAttributesAsync("", new EntryChanges { Mode = 0x1C0 }, Soon));
            return;
        }

        Fails(StorageErrorKind.NotFound, await Storage.CreateDirectoryAsync("a/b", PlainDirectory, Soon));
        Assert.Equal(0x1E8, (await Storage.CreateDirectoryAsync("a", new NewEntry(0x1E8), Soon)).Value.Mode);
        Fails(StorageErrorKind.AlreadyExists, await Storage.CreateDirectoryAsync("a", PlainDirectory, Soon));
        Assert.True((await Storage.CreateDirectoryAsync("a/b", PlainDirectory, Soon)).IsOk);
        Fails(StorageErrorKind.NotEmpty, await Storage.RemoveDirectoryAsync("a", Soon));
        Assert.Equal(["b"], await (await ReopenAsync()).ListDirectoriesAsync("a", Soon));
        Assert.True((await Storage.RemoveDirectoryAsync("a/b", Soon)).IsOk);
        Assert.True((await Storage.RemoveDirectoryAsync("a", Soon)).IsOk);
        Fails(StorageErrorKind.NotFound, await Storage.RemoveDirectoryAsync("a", Soon));
    }

    [Fact]
    public async Task A_directory_with_a_backup_in_it_cannot_be_removed()
    {
        (await CompleteAsync("b")).Dispose();
        var removed = await Storage.RemoveDirectoryAsync(Shard, Soon);
        Fails(Storage.Capabilities.RealDirectories ? StorageErrorKind.NotEmpty : StorageErrorKind.Unsupported, removed);
        Assert.Equal(["b"], await NamesAsync(Storage));
    }

    [Fact]
    public async Task A_real_directorys_attributes_can_be_changed()
    {
        var changes = new EntryChanges { Mode = 0x1C0, ModifyTime = new Timestamp(1_000_000_000, 123_456_789) };
        if (!Storage.Capabilities.RealDirectories)
        {
            Fails(StorageErrorKind.Unsupported, await Storage.SetDirectoryAttributesAsync("", changes, Soon));
            return;
        }

        await Storage.CreateDirectoryAsync("a", PlainDirectory, Soon);
        Assert.True((await Storage.SetDirectoryAttributesAsync("a", changes, Soon)).IsOk);
        var attributes = (await (await ReopenAsync()).GetDirectoryAttributesAsync("a", Soon)).Value;
        Assert.Equal((0x1C0, changes.ModifyTime), (attributes.Mode, attributes.ModifyTime));
        Fails(StorageErrorKind.NotFound, await Storage.SetDirectoryAttributesAsync("b", changes, Soon));
    }

    [Fact]
    public async Task The_room_makes_sense()
    {
        var space = (await Storage.GetSpaceAsync(Soon)).Value;
        Assert.True(space.TotalBytes > 0);
        Assert.InRange(space.FreeBytes, 0, space.TotalBytes);
        Assert.InRange(space.AvailableBytes, 0, space.FreeBytes);
        Assert.True(space.BlockSize > 0);
        Assert.True(space.MaximumNameLength >= 255);
    }

    [Fact]
    public void It_says_what_it_is()
    {
        Assert.NotEqual("", Storage.Scheme);
        Assert.NotEqual("", Storage.Location);
    }
}
