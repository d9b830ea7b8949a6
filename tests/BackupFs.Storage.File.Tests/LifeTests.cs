namespace BackupFs.Storage.File.Tests;

public sealed class LifeTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task What_is_written_is_found_after_the_end_and_nothing_is_left_in_staging()
    {
        var backup = await _store.Storage.StartAsync();
        var content = Bytes(3_000_000);
        await backup.WriteAsync("base", content);
        Assert.Empty(await _store.Storage.ListBackupsAsync("ks/-80", None));
        await backup.EndAsync();

        Assert.Equal(BackupState.Complete, backup.State);
        var listed = Assert.Single(await _store.Storage.ListBackupsAsync("ks/-80", None));
        Assert.Equal("b", listed.Name);
        Assert.Equal(content, await listed.ReadAsync("base"));
        Assert.Equal(content, await backup.ReadAsync("base"));
        Assert.Equal(content, await System.IO.File.ReadAllBytesAsync(_store.At("ks", "-80", "b", "base")));
        Assert.Empty(Directory.GetFileSystemEntries(_store.At(".backupfs", "open")));
        Assert.Empty(Directory.GetFileSystemEntries(_store.At(".backupfs", "trash")));
        Assert.Empty(Directory.GetFileSystemEntries(_store.At(".backupfs", "new")));
    }

    [Fact]
    public async Task Start_refuses_a_name_that_is_taken_or_open()
    {
        var backup = await _store.Storage.StartAsync();
        Assert.Equal(StorageErrorKind.AlreadyExists, await KindOf(() => _store.Another().StartAsync()));
        await backup.EndAsync();
        Assert.Equal(StorageErrorKind.AlreadyExists, await KindOf(() => _store.Another().StartAsync()));
        Assert.Empty(Directory.GetFileSystemEntries(_store.At(".backupfs", "open")));
    }

    [Fact]
    public async Task A_complete_backup_is_read_only()
    {
        var backup = await _store.Storage.StartAsync();
        await backup.WriteAsync("f", [1]);
        await backup.EndAsync();
        Assert.Equal(StorageErrorKind.ReadOnly, (await backup.Tree.UnlinkAsync("f", None)).Error?.Kind);
        Assert.Equal(
            StorageErrorKind.ReadOnly, (await backup.Tree.OpenFileAsync("f", FileAccessMode.Write, true, None)).Error?.Kind);
    }

    [Fact]
    public async Task An_aborted_backup_leaves_nothing_and_its_name_is_free()
    {
        var backup = await _store.Storage.StartAsync();
        await backup.WriteAsync("f", [1]);
        await backup.AbortBackupAsync(None);
        await backup.AbortBackupAsync(None);
        Assert.Empty(await _store.Storage.ListBackupsAsync("ks/-80", None));
        Assert.Empty(Directory.GetFileSystemEntries(_store.At(".backupfs", "open")));
        Assert.Empty(Directory.GetFileSystemEntries(_store.At(".backupfs", "trash")));
        await (await _store.Storage.StartAsync()).AbortBackupAsync(None);
    }
}
