using System.Security.Cryptography;
using BackupFs.Storage.File.Interop;

namespace BackupFs.Storage.File.Tests;

/// <summary>Whatever a writer does, and however unseen, the manifest has the checksums of what is stored in the end.</summary>
public sealed class ChecksumTests : IDisposable
{
    private const int Mebibyte = 1 << 20;
    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task A_large_file_is_followed_while_it_is_written()
    {
        var backup = await _store.Storage.StartAsync();
        await using (var file = await backup.CreateAsync("f"))
        {
            await GrowAsync(file, 40);
            await FollowedAsync(backup, file, 32);
        }

        await AssertSumsAsync(backup);
    }

    [Fact]
    public async Task An_early_region_overwritten_unseen_after_it_was_followed_is_summed_again()
    {
        var backup = await _store.Storage.StartAsync();
        await using (var file = await backup.CreateAsync("f"))
        {
            await GrowAsync(file, 24);
            await FollowedAsync(backup, file, 16);

            // As the kernel does it in passthrough: past the storage.
            Assert.Equal(Errno.Success, ContentCalls.Write((Descriptor)file.LocalDescriptor!, [1, 2, 3], 5 * Mebibyte));
        }

        await AssertSumsAsync(backup);
    }

    [Fact]
    public async Task A_file_that_shrinks_after_it_was_followed_is_summed_again()
    {
        var backup = await _store.Storage.StartAsync();
        await using (var file = await backup.CreateAsync("f"))
        {
            await GrowAsync(file, 24);
            await FollowedAsync(backup, file, 16);
            Assert.True((await file.SetAttributesAsync(new EntryChanges { Size = 3 * Mebibyte + 7 }, None)).IsOk);
        }

        await AssertSumsAsync(backup);
    }

    [Fact]
    public async Task A_file_renamed_while_it_is_summed_keeps_its_sums()
    {
        var backup = await _store.Storage.StartAsync();
        await using (var file = await backup.CreateAsync("g"))
        {
            await GrowAsync(file, 24);
        }

        Assert.True((await backup.Tree.RenameAsync("g", "f", RenameMode.Replace, None)).IsOk);
        await AssertSumsAsync(backup);
    }

    [Fact]
    public async Task With_two_writers_the_last_close_counts()
    {
        var backup = await _store.Storage.StartAsync();
        var first = await backup.CreateAsync("f");
        var second = await backup.OpenAsync("f", FileAccessMode.Write);
        await first.WriteAsync(Bytes(100), 0, None);
        await first.DisposeAsync();
        await second.WriteAsync(Bytes(100, 2), 50, None);
        await second.DisposeAsync();
        await AssertSumsAsync(backup);
    }

    [Fact]
    public async Task A_file_opened_again_and_changed_in_place_is_summed_anew()
    {
        var backup = await _store.Storage.StartAsync();
        await backup.WriteAsync("f", Bytes(5000));
        await SummedAsync(backup, "f");
        await using (var file = await backup.OpenAsync("f", FileAccessMode.ReadWrite))
        {
            await file.WriteAsync(new byte[] { 9 }, 100, None);
        }

        await SummedAsync(backup, "f");
        Assert.True((await backup.Tree.SetAttributesAsync("f", new EntryChanges { Size = 4000 }, None)).IsOk);
        await AssertSumsAsync(backup);
    }

    [Fact]
    public async Task A_sparse_file_keeps_its_holes_and_is_summed_with_their_zeros()
    {
        var backup = await _store.Storage.StartAsync();
        await using (var file = await backup.CreateAsync("f"))
        {
            await file.WriteAsync(Bytes(10_000), 20 * Mebibyte + 1, None);
            Assert.True((await file.SetAttributesAsync(new EntryChanges { Size = 50 * Mebibyte }, None)).IsOk);
        }

        await AssertSumsAsync(backup);
        Assert.InRange((await backup.Tree.GetAttributesAsync("f", None)).Value.AllocatedBytes, 1, Mebibyte);
    }

    [Fact]
    public async Task A_writer_left_open_at_a_refused_end_still_changes_the_sums()
    {
        var backup = await _store.Storage.StartAsync();
        await using (var file = await backup.CreateAsync("f"))
        {
            await file.WriteAsync(Bytes(1000), 0, None);
            var taken = _store.At("ks", "-80", "b");
            Directory.CreateDirectory(taken);
            Assert.Equal(StorageErrorKind.AlreadyExists, await KindOf(backup.EndAsync));
            Directory.Delete(taken);
            await file.WriteAsync(Bytes(1000, 2), 0, None);
        }

        await AssertSumsAsync(backup);
    }

    [Fact]
    public async Task The_end_waits_only_so_long_for_a_descriptor_that_was_given_away()
    {
        using var store = new TemporaryStore(options => options with { WriterTimeout = TimeSpan.FromMilliseconds(50) });
        var backup = await store.Storage.StartAsync();
        await using (var file = await backup.CreateAsync("f"))
        {
            Assert.NotNull(file.LocalDescriptor);
            Assert.Equal(StorageErrorKind.Busy, await KindOf(backup.EndAsync));
            Assert.True((await file.WriteAsync(Bytes(10), 0, None)).IsOk);
        }

        await backup.EndAsync();
    }

    [Fact]
    public async Task The_wait_for_checksums_can_be_cancelled_and_the_backup_ended_again()
    {
        var backup = await _store.Storage.StartAsync();
        await using (var file = await backup.CreateAsync("f"))
        {
            Assert.True((await file.SetAttributesAsync(new EntryChanges { Size = 2L << 30 }, None)).IsOk);
        }

        using var cancel = new CancellationTokenSource(50);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => backup.EndBackupAsync(BackupNotes.None, cancel.Token).AsTask());
        Assert.True(backup.IsReadWrite);
        Assert.True((await backup.Tree.SetAttributesAsync("f", new EntryChanges { Size = 10 }, None)).IsOk);
        await AssertSumsAsync(backup);
    }

    private static async Task GrowAsync(IBackupFile file, int mebibytes)
    {
        for (var number = 0; number < mebibytes; number++)
        {
            Assert.True((await file.WriteAsync(Bytes(Mebibyte, number), (long)number * Mebibyte, None)).IsOk);
        }
    }

    private static async Task FollowedAsync(IBackupHandle backup, IBackupFile file, int mebibytes)
    {
        var inode = (await file.GetAttributesAsync(None)).Value.FileId;
        while (((FileBackupHandle)backup).Staged!.Files.FedAhead(inode) < (long)mebibytes * Mebibyte)
        {
            await Task.Delay(10);
        }
    }

    private static async Task SummedAsync(IBackupHandle backup, string path)
    {
        var inode = (await backup.Tree.GetAttributesAsync(path, None)).Value.FileId;
        while (((FileBackupHandle)backup).Staged!.Files.FindChecksums(inode, out _) is null)
        {
            await Task.Delay(5);
        }
    }

    /// <summary>Ends the backup; its only file <c>f</c> has the checksums of what is on disk, by an independent reading.</summary>
    private async Task AssertSumsAsync(IBackupHandle backup)
    {
        await backup.EndAsync();
        var path = _store.At("ks", "-80", "b", "f");
        var manifest = await (await _store.Another().FindAsync()).ReadManifestAsync(None);
        var sums = manifest!.FindChecksums("f")!;
        await using var stream = System.IO.File.OpenRead(path);
        Assert.Equal(stream.Length, sums.Size);
        Assert.Equal(Convert.ToHexString(await SHA256.HashDataAsync(stream)), Convert.ToHexString(sums.Sha256));
        using var found = await _store.Another().FindAsync();
        Assert.Equal(sums.Size, (await found.ReadAsync("f")).Length);
    }
}
