using Xunit;

namespace BackupFs.Storage.Contract;

public abstract partial class StorageContract
{
    public static TheoryData<string> BadSegments => ["", ".", "..", "a/b", "/", "a\0b", "a\nb", new string('x', 256), new string('\u00e4', 128)];

    public static TheoryData<string> BadPaths => ["..", "../x", "a/../x", "a/..", "/a", "a/", "a//b", "./a", "a\0b", "a/\u007f", new string('x', 256)];

    [Theory]
    [MemberData(nameof(BadSegments))]
    public async Task A_bad_name_of_a_backup_is_refused_everywhere(string name)
    {
        foreach (var call in new Func<Task>[]
        {
            async () => await Storage.StartBackupAsync(Shard, name, Soon),
            async () => await Storage.FindBackupAsync(Shard, name, Soon),
            async () => await Storage.RemoveBackupAsync(Shard, name, Soon),
            async () => await Storage.ResumeBackupAsync(Shard, name, Soon),
        })
        {
            AssertBadName((await Assert.ThrowsAsync<StorageException>(call)).Error);
        }
    }

    [Theory]
    [MemberData(nameof(BadPaths))]
    public async Task A_bad_directory_is_refused_everywhere(string directory)
    {
        foreach (var call in new Func<Task>[]
        {
            async () => await Storage.ListBackupsAsync(directory, Soon),
            async () => await Storage.ListIncompleteAsync(directory, Soon),
            async () => await Storage.ListDirectoriesAsync(directory, Soon),
            async () => await Storage.StartBackupAsync(directory, "b", Soon),
            async () => await Storage.FindBackupAsync(directory, "b", Soon),
            async () => await Storage.RemoveBackupAsync(directory, "b", Soon),
            async () => await Storage.ResumeBackupAsync(directory, "b", Soon),
        })
        {
            AssertBadName((await Assert.ThrowsAsync<StorageException>(call)).Error);
        }

        AssertBadName((await Storage.GetDirectoryAttributesAsync(directory, Soon)).Error);
        AssertBadName((await Storage.CreateDirectoryAsync(directory, PlainDirectory, Soon)).Error);
        AssertBadName((await Storage.RemoveDirectoryAsync(directory, Soon)).Error);
    }

    [Theory]
    [MemberData(nameof(BadPaths))]
    public async Task A_bad_path_in_a_backup_is_refused_everywhere(string path)
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        await CreateAsync(handle.Tree, "good");
        var tree = handle.Tree;
        AssertBadName((await Assert.ThrowsAsync<StorageException>(async () => await handle.AddFileAsync(path, -1, Soon))).Error);
        AssertBadName((await tree.GetAttributesAsync(path, Soon)).Error);
        AssertBadName((await tree.ListAsync(path, Soon)).Error);
        AssertBadName((await tree.ReadLinkAsync(path, Soon)).Error);
        AssertBadName((await tree.OpenFileAsync(path, FileAccessMode.Read, false, Soon)).Error);
        AssertBadName((await tree.CreateFileAsync(path, FileAccessMode.Write, Plain, Soon)).Error);
        AssertBadName((await tree.CreateUnnamedFileAsync(path, FileAccessMode.Write, Plain, Soon)).Error);
        AssertBadName((await tree.CreateDirectoryAsync(path, PlainDirectory, Soon)).Error);
        AssertBadName((await tree.CreateSymbolicLinkAsync(path, Bytes("x"), Plain, Soon)).Error);
        AssertBadName((await tree.CreateNodeAsync(path, EntryType.Fifo, 0, Plain, Soon)).Error);
        AssertBadName((await tree.LinkAsync("good", path, Soon)).Error);
        AssertBadName((await tree.LinkAsync(path, "new", Soon)).Error);
        AssertBadName((await tree.RenameAsync("good", path, RenameMode.Replace, Soon)).Error);
        AssertBadName((await tree.RenameAsync(path, "new", RenameMode.Replace, Soon)).Error);
        AssertBadName((await tree.UnlinkAsync(path, Soon)).Error);
        AssertBadName((await tree.RemoveDirectoryAsync(path, Soon)).Error);
        AssertBadName((await tree.SetAttributesAsync(path, default, Soon)).Error);
        AssertBadName((await tree.GetExtendedAttributeAsync(path, "user.x", Soon)).Error);
        AssertBadName((await tree.ListExtendedAttributesAsync(path, Soon)).Error);
        AssertBadName((await tree.SetExtendedAttributeAsync(path, "user.x", Bytes("x"), AttributeSetMode.CreateOrReplace, Soon)).Error);
        AssertBadName((await tree.RemoveExtendedAttributeAsync(path, "user.x", Soon)).Error);
        AssertBadName((await tree.SyncDirectoryAsync(path, Soon)).Error);
        await EndAsync(handle);
        AssertBadName((await Assert.ThrowsAsync<StorageException>(async () => await handle.ReadFileAsync(path, Soon))).Error);
    }

    [Fact]
    public async Task A_name_that_is_no_Unicode_is_refused()
    {
        // Not in the data above: runners pass those on as UTF-8, which cannot say this.
        await ThrowsAsync(StorageErrorKind.InvalidName, async () => await Storage.StartBackupAsync(Shard, "\ud800", Soon));
        await ThrowsAsync(StorageErrorKind.InvalidName, async () => await Storage.ListBackupsAsync("a/\udc00", Soon));
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        Fails(StorageErrorKind.InvalidName, await handle.Tree.CreateFileAsync("a\ud800", FileAccessMode.Write, Plain, Soon));
        await ThrowsAsync(StorageErrorKind.InvalidName, async () => await handle.AddFileAsync("\ud800\ud800", -1, Soon));
    }

    [Fact]
    public async Task The_storages_own_name_is_reserved_above_the_files()
    {
        foreach (var (directory, name) in new[] { ("", BackupPath.ReservedName), (BackupPath.ReservedName, "b"), (BackupPath.ReservedName + "/open", "b") })
        {
            await ThrowsAsync(StorageErrorKind.InvalidName, async () => await Storage.StartBackupAsync(directory, name, Soon));
            await ThrowsAsync(StorageErrorKind.InvalidName, async () => await Storage.RemoveBackupAsync(directory, name, Soon));
            await ThrowsAsync(StorageErrorKind.InvalidName, async () => await Storage.FindBackupAsync(directory, name, Soon));
        }

        (await CompleteAsync("b")).Dispose();
        Assert.DoesNotContain(BackupPath.ReservedName, await Storage.ListDirectoriesAsync("", Soon));
        Fails(StorageErrorKind.InvalidName, await Storage.CreateDirectoryAsync(BackupPath.ReservedName, PlainDirectory, Soon));
    }

    [Fact]
    public async Task The_manifests_name_cannot_be_used_in_a_backups_root()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        var tree = handle.Tree;
        await CreateAsync(tree, "good");
        await ThrowsAsync(StorageErrorKind.NotPermitted, async () => await handle.AddFileAsync(BackupManifest.FileName, -1, Soon));
        Fails(StorageErrorKind.NotPermitted, await tree.CreateFileAsync(BackupManifest.FileName, FileAccessMode.Write, Plain, Soon));
        Fails(StorageErrorKind.NotPermitted, await tree.CreateDirectoryAsync(BackupManifest.FileName, PlainDirectory, Soon));
        Fails(StorageErrorKind.NotPermitted, await tree.RenameAsync("good", BackupManifest.FileName, RenameMode.Replace, Soon));
        Fails(StorageErrorKind.NotPermitted, await tree.LinkAsync("good", BackupManifest.FileName, Soon));
        Fails(StorageErrorKind.NotFound, await tree.GetAttributesAsync(BackupManifest.FileName, Soon));
        await AddAsync(handle, "sub/" + BackupManifest.FileName, Bytes("x"));
        await EndAsync(handle);
        using var found = await FindAsync("b");
        Assert.Equal(["good", "sub"], await ChildrenAsync(found.Tree, ""));
        Fails(StorageErrorKind.NotFound, await found.Tree.GetAttributesAsync(BackupManifest.FileName, Soon));
        Fails(StorageErrorKind.NotFound, await found.Tree.OpenFileAsync(BackupManifest.FileName, FileAccessMode.Read, false, Soon));
        Assert.Equal(Bytes("x"), await ReadAsync(found, "sub/" + BackupManifest.FileName));
    }

    [Fact]
    public async Task Names_are_kept_byte_for_byte()
    {
        var names = new[] { " ", "-rf", "a b", "\\", "*?\"<>|:", "\u00e4", "a\u0308", "\ud83d\ude00", new string('x', 255), new string('\u00e4', 127), "...", ".x" };
        names = [.. names.Where(name => !Refuses(name))];
        using var found = await CompleteAsync("n", [.. names.Select(name => (name, Bytes(name)))]);
        Assert.Equal(names.Order(StringComparer.Ordinal), await ChildrenAsync(found.Tree, ""));
        foreach (var name in names)
        {
            Assert.Equal(Bytes(name), await ReadAsync(found, name));
        }
    }

    private static void AssertBadName(StorageError? error) =>
        Assert.True(error?.Kind is StorageErrorKind.InvalidName or StorageErrorKind.NameTooLong, $"not refused as a name, but: {error?.Kind}");
}
