using BackupFs.Storage.File.Interop;
using Microsoft.Extensions.Logging.Abstractions;

namespace BackupFs.Storage.File.Tests;

public sealed class FullDiskTests
{
    private const int Mebibyte = 1 << 20;

    /// <summary>What a lost write is reported as: ext4 turns read-only when its journal is lost too.</summary>
    private static readonly StorageErrorKind?[] LostKinds = [StorageErrorKind.Io, StorageErrorKind.NoSpace, StorageErrorKind.ReadOnly];

    [Fact]
    public async Task On_a_full_disk_write_and_close_and_end_say_NoSpace_and_nothing_is_listed()
    {
        if (!TemporaryStore.IsRoot)
        {
            // Only the superuser can mount the small disk; everybody has the map.
            Assert.Equal(StorageErrorKind.NoSpace, ErrnoMap.ToKind(Errno.ENOSPC));
            Assert.Equal(StorageErrorKind.QuotaExceeded, ErrnoMap.ToKind(Errno.EDQUOT));
            return;
        }

        using var disk = new LoopMount(64);
        var storage = new FileStorage(new FileStorageOptions(disk.Root), TimeProvider.System, NullLogger.Instance);
        var backup = await storage.StartAsync();
        await backup.WriteAsync("small", Bytes(1000));
        await using (var file = await backup.CreateAsync("big"))
        {
            StorageResult<int> written;
            long offset = 0;
            do
            {
                written = await file.WriteAsync(Bytes(Mebibyte), offset, None);
                offset += Mebibyte;
                Assert.InRange(offset, 0, 100L * Mebibyte);
            }
            while (written.IsOk);

            Assert.Equal(StorageErrorKind.NoSpace, written.Error.Kind);
            Assert.Equal(StorageErrorKind.NoSpace, (await file.FlushAsync(None)).Error?.Kind);
        }

        // To the last block, so that not even the manifest fits.
        await using (var filler = await backup.CreateAsync("filler"))
        {
            for (long offset = 0; (await filler.WriteAsync(new byte[512], offset, None)).IsOk; offset += 512)
            {
            }
        }

        Assert.Equal(StorageErrorKind.NoSpace, await KindOf(backup.EndAsync));
        Assert.Empty(await storage.ListBackupsAsync("ks/-80", None));
        Assert.True(backup.IsReadWrite);

        Assert.True((await backup.Tree.UnlinkAsync("big", None)).IsOk);
        Assert.True((await backup.Tree.UnlinkAsync("filler", None)).IsOk);
        await backup.EndAsync();
        using (var found = await storage.FindAsync())
        {
            Assert.Equal(Bytes(1000), await found.ReadAsync("small"));
        }

        backup.Dispose();
        await storage.CloseAsync(None);
    }

    [Fact]
    public async Task What_the_disk_took_and_then_lost_fails_the_fsync_and_the_end()
    {
        if (!TemporaryStore.IsRoot)
        {
            Assert.Equal(StorageErrorKind.Io, ErrnoMap.ToKind(Errno.EIO));
            return;
        }

        // 128 MiB promised, 24 there: write(2) succeeds, writing back does not. .NET's own Flush(true) says nothing of it.
        using var disk = new LoopMount(128, reallyMebibytes: 24);
        var storage = new FileStorage(new FileStorageOptions(disk.Root), TimeProvider.System, NullLogger.Instance);
        var backup = await storage.StartAsync();
        await using (var file = await backup.CreateAsync("f"))
        {
            for (var number = 0; number < 48; number++)
            {
                Assert.True((await file.WriteAsync(Bytes(Mebibyte, number), (long)number * Mebibyte, None)).IsOk);
            }

            Assert.Contains((await file.SyncAsync(false, None)).Error?.Kind, LostKinds);
        }

        Assert.Equal(["f"], backup.Errors.FailedFiles);
        Assert.Contains((StorageErrorKind?)await KindOf(backup.EndAsync), LostKinds);
        Assert.Empty(await storage.ListBackupsAsync("ks/-80", None));
        Assert.True(backup.IsReadWrite);
        backup.Dispose();
        await storage.CloseAsync(None);
    }

    [Fact]
    public async Task The_end_itself_meets_what_the_disk_took_and_then_lost()
    {
        if (!TemporaryStore.IsRoot)
        {
            Assert.Equal(StorageErrorKind.Io, ErrnoMap.ToKind(Errno.EIO));
            return;
        }

        using var disk = new LoopMount(128, reallyMebibytes: 24);
        var storage = new FileStorage(new FileStorageOptions(disk.Root), TimeProvider.System, NullLogger.Instance);
        var backup = await storage.StartAsync();
        for (var number = 0; number < 48; number++)
        {
            await backup.WriteAsync($"f{number}", Bytes(Mebibyte, number));
        }

        Assert.Contains((StorageErrorKind?)await KindOf(backup.EndAsync), LostKinds);
        Assert.Empty(await storage.ListBackupsAsync("ks/-80", None));
        backup.Dispose();
        await storage.CloseAsync(None);
    }

    [Fact]
    public async Task An_unusable_root_says_what_to_do()
    {
        using var store = new TemporaryStore();
        Directory.CreateDirectory(Path.GetDirectoryName(store.Root)!);
        var file = store.Root + ".file";
        await System.IO.File.WriteAllTextAsync(file, "");
        foreach (var root in new[] { file, Path.Combine(file, "below"), "relative" })
        {
            var exception = await Assert.ThrowsAsync<StorageException>(
                () => FileStorage.OpenAsync(new FileStorageOptions(root), TimeProvider.System, NullLogger.Instance, None).AsTask());
            Assert.Contains(root, exception.Message, StringComparison.Ordinal);
        }
    }
}
