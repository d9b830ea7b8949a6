using BackupFs.Storage.File.Interop;

namespace BackupFs.Storage.File.Tests;

/// <summary>Nothing outside a backup is reached, whatever was planted in the storage.</summary>
public sealed class ConfinementTests : IDisposable
{
    private readonly TemporaryStore _store = new();
    private readonly string _outside = Directory.CreateTempSubdirectory("backupfs-outside-").FullName;

    public ConfinementTests() => System.IO.File.WriteAllText(Path.Combine(_outside, "secret"), "secret");

    public void Dispose()
    {
        _store.Dispose();
        Directory.Delete(_outside, recursive: true);
    }

    [Fact]
    public async Task A_planted_symbolic_link_is_never_followed_in_an_open_backup()
    {
        var backup = await _store.Storage.StartAsync();
        var data = Assert.Single(Directory.GetDirectories(_store.At(".backupfs", "open"), "data", SearchOption.AllDirectories));
        Directory.CreateSymbolicLink(Path.Combine(data, "evil"), _outside);
        System.IO.File.CreateSymbolicLink(Path.Combine(data, "file"), Path.Combine(_outside, "secret"));
        var tree = backup.Tree;
        var entry = new NewEntry(0x1A4);
        Assert.Equal(StorageErrorKind.NotADirectory, (await tree.GetAttributesAsync("evil/secret", None)).Error?.Kind);
        Assert.Equal(StorageErrorKind.NotADirectory, (await tree.ListAsync("evil", None)).Error?.Kind);
        Assert.Equal(
            StorageErrorKind.NotADirectory, (await tree.OpenFileAsync("evil/secret", FileAccessMode.Write, true, None)).Error?.Kind);
        Assert.Equal(
            StorageErrorKind.NotADirectory, (await tree.CreateFileAsync("evil/new", FileAccessMode.Write, entry, None)).Error?.Kind);
        Assert.Equal(StorageErrorKind.NotADirectory, (await tree.CreateDirectoryAsync("evil/new", entry, None)).Error?.Kind);
        Assert.Equal(StorageErrorKind.NotADirectory, (await tree.UnlinkAsync("evil/secret", None)).Error?.Kind);
        Assert.Equal(
            StorageErrorKind.NotADirectory, (await tree.RenameAsync("file", "evil/secret", RenameMode.Replace, None)).Error?.Kind);
        Assert.Equal(StorageErrorKind.InvalidArgument, (await tree.OpenFileAsync("file", FileAccessMode.Write, true, None)).Error?.Kind);
        Assert.NotNull((await tree.SetAttributesAsync("file", new EntryChanges { Mode = 0 }, None)).Error);
        Assert.NotNull((await tree.SetAttributesAsync("file", new EntryChanges { Size = 0 }, None)).Error);
        Assert.Equal(EntryType.SymbolicLink, (await tree.GetAttributesAsync("file", None)).Value.Type);
        await backup.EndAsync();
        Assert.Equal(
            StorageErrorKind.InvalidArgument, (await backup.Tree.OpenFileAsync("file", FileAccessMode.Read, false, None)).Error?.Kind);
        AssertOutsideIsUntouched();
    }

    [Fact]
    public async Task Removing_a_backup_removes_its_links_not_what_they_point_to()
    {
        var backup = await _store.Storage.StartAsync();
        await backup.Tree.CreateSymbolicLinkAsync("evil", System.Text.Encoding.UTF8.GetBytes(_outside), new NewEntry(0x1FF), None);
        await backup.EndAsync();
        await _store.Storage.RemoveBackupAsync("ks/-80", "b", None);
        Assert.False(Directory.Exists(_store.At("ks", "-80", "b")));
        AssertOutsideIsUntouched();
    }

    [Fact]
    public async Task A_link_among_the_backups_is_no_backup_and_no_directory()
    {
        Directory.CreateDirectory(_store.At("ks"));
        Directory.CreateSymbolicLink(_store.At("ks", "link"), _outside);
        Directory.CreateDirectory(_store.At("ks", "real"));
        Assert.Equal("real", Assert.Single(await _store.Storage.ListBackupsAsync("ks", None)).Name);
        Assert.Equal(["real"], await _store.Storage.ListDirectoriesAsync("ks", None));
        Assert.Null(await _store.Storage.FindBackupAsync("ks", "link", None));
        Assert.Null(await _store.Storage.FindBackupAsync("ks/link", "secret", None));
        Assert.Equal(StorageErrorKind.AlreadyExists, await KindOf(() => _store.Storage.StartAsync("ks", "link")));
        await Assert.ThrowsAsync<StorageException>(() => _store.Storage.StartAsync("ks/link", "b"));
        await _store.Storage.RemoveBackupAsync("ks", "link", None);
        Assert.True(Directory.Exists(_store.At("ks", "link")));
        AssertOutsideIsUntouched();
    }

    [Fact]
    public void Without_openat2_links_and_parents_are_refused_too()
    {
        Directory.CreateDirectory(_store.At("a", "b"));
        System.IO.File.WriteAllText(_store.At("a", "b", "f"), "x");
        Directory.CreateSymbolicLink(_store.At("a", "evil"), _outside);
        System.IO.File.CreateSymbolicLink(_store.At("a", "link"), "b/f");
        using var root = _store.Storage.Root.Lease();
        Assert.Equal(Errno.Success, Open("a/b/f", OpenFlags.ReadOnly));
        Assert.Equal(Errno.Success, Open("", OpenFlags.PathOnly | OpenFlags.Directory));
        Assert.Equal(Errno.Success, Open("a/b", OpenFlags.ReadOnly | OpenFlags.Directory));
        Assert.Equal(Errno.ENOTDIR, Open("a/evil/secret", OpenFlags.ReadOnly));
        Assert.Equal(Errno.ELOOP, Open("a/link", OpenFlags.ReadOnly));
        Assert.Equal(Errno.Success, Open("a/link", OpenFlags.PathOnly));
        Assert.Equal(Errno.EXDEV, Open("../x", OpenFlags.PathOnly));
        Assert.Equal(Errno.EXDEV, Open("a/../../x", OpenFlags.PathOnly));
        Assert.Equal(Errno.ENOENT, Open("a/none/f", OpenFlags.ReadOnly));

        Errno Open(string path, int flags)
        {
            var errno = OpenCalls.OpenByComponents(
                root.Descriptor,
                path,
                flags | OpenFlags.CloseOnExec | OpenFlags.NoFollow | OpenFlags.NoControllingTerminal,
                out var descriptor);
            descriptor?.Dispose();
            return errno;
        }
    }

    [Fact]
    public async Task A_planted_fifo_blocks_nobody()
    {
        var backup = await _store.Storage.StartAsync();
        Assert.True((await backup.Tree.CreateNodeAsync("pipe", EntryType.Fifo, 0, new NewEntry(0x1A4), None)).IsOk);
        Assert.Equal(
            StorageErrorKind.InvalidArgument, (await backup.Tree.OpenFileAsync("pipe", FileAccessMode.Read, false, None)).Error?.Kind);
        Assert.Equal(
            StorageErrorKind.InvalidArgument, (await backup.Tree.OpenFileAsync("pipe", FileAccessMode.Write, false, None)).Error?.Kind);
        await backup.EndAsync();
        Assert.Equal(EntryType.Fifo, (await backup.ReadManifestAsync(None))!.Find("pipe")!.Type);
    }

    private void AssertOutsideIsUntouched()
    {
        Assert.Equal(["secret"], Directory.GetFileSystemEntries(_outside).Select(Path.GetFileName));
        Assert.Equal("secret", System.IO.File.ReadAllText(Path.Combine(_outside, "secret")));
    }
}
