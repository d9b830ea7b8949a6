using System.Text;
using BackupFs.Storage.File.Interop;
using BackupFs.Testing;

namespace BackupFs.Storage.File.Tests;

/// <summary>What the disk keeps and the manifest tells.</summary>
public sealed class NativeTreeTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Times_modes_links_and_attributes_are_on_disk_and_in_the_manifest()
    {
        var backup = await _store.Storage.StartAsync();
        var time = new Timestamp(1_234_567_890, 123_456_789);
        await backup.WriteAsync("f", [1, 2, 3]);
        await backup.Tree.LinkAsync("f", "link", None);
        await backup.Tree.CreateSymbolicLinkAsync("sym", Encoding.UTF8.GetBytes("nowhere"), new NewEntry(0x1FF), None);
        await backup.Tree.CreateDirectoryAsync("empty", new NewEntry(0x1C0), None);
        Assert.True((await backup.Tree.SetExtendedAttributeAsync("f", "user.x", "value"u8.ToArray(), AttributeSetMode.Create, None)).IsOk);
        Assert.True((await backup.Tree.SetAttributesAsync("f", new EntryChanges { Mode = 0x9ED, ModifyTime = time }, None)).IsOk);
        Assert.True((await backup.Tree.SetAttributesAsync("", new EntryChanges { Mode = 0x1E8, ModifyTime = time }, None)).IsOk);
        await backup.EndAsync();

        var manifest = (await backup.ReadManifestAsync(None))!;
        Assert.Equal(["", "empty", "f", "link", "sym"], manifest.Entries.Select(entry => entry.Path));
        var file = manifest.Find("f")!;
        Assert.Equal((0x9ED, time, 3L), (file.Mode, file.ModifyTime, file.Size));
        Assert.Equal("value"u8.ToArray(), file.ExtendedAttributes!["user.x"]);
        Assert.Equal("f", manifest.Find("link")!.HardLinkTo);
        Assert.Equal("nowhere"u8.ToArray(), manifest.Find("sym")!.Target);
        Assert.Equal((0x1E8, time), (manifest.Find("")!.Mode, manifest.Find("")!.ModifyTime));

        using var found = await _store.Another().FindAsync();
        var root = (await found.Tree.GetAttributesAsync("", None)).Value;
        Assert.Equal((0x1E8, time), (root.Mode, root.ModifyTime));
        var attributes = (await found.Tree.GetAttributesAsync("f", None)).Value;
        Assert.Equal((0x9ED, time, 2u), (attributes.Mode, attributes.ModifyTime, attributes.Links));
        Assert.Equal("value"u8.ToArray(), (await found.Tree.GetExtendedAttributeAsync("f", "user.x", None)).Value);
        Assert.Equal([1, 2, 3], await found.ReadAsync("link"));
    }

    [Fact]
    public async Task Modes_that_deny_the_owner_everything_do_not_hinder_the_end_or_the_removal()
    {
        var backup = await _store.Storage.StartAsync();
        await backup.Tree.CreateDirectoryAsync("d", new NewEntry(0x1ED), None);
        await backup.WriteAsync("d/f", [1, 2, 3]);
        foreach (var path in new[] { "d/f", "d", "" })
        {
            Assert.True((await backup.Tree.SetAttributesAsync(path, new EntryChanges { Mode = 0 }, None)).IsOk);
        }

        await backup.EndAsync();
        using (var opened = _store.Storage.Root.Lease())
        {
            Assert.Equal(Errno.Success, OpenCalls.OpenBeneath(opened.Descriptor, "ks/-80/b", OpenFlags.PathOnly, out var top));
            using (top)
            {
                Assert.Equal(Errno.Success, AttributeCalls.Statx(top, out var attributes));
                Assert.Equal(0, attributes.Mode & 0xFFF);
            }
        }

        if (TemporaryStore.IsRoot)
        {
            var manifest = (await backup.ReadManifestAsync(None))!;
            Assert.Equal([0, 0, 0], manifest.Entries.Select(entry => entry.Mode));
            Assert.Equal(0, (await backup.Tree.GetAttributesAsync("d/f", None)).Value.Mode);
        }
        else
        {
            Assert.Equal(StorageErrorKind.AccessDenied, (await backup.Tree.GetAttributesAsync("d", None)).Error?.Kind);
        }

        await _store.Storage.RemoveBackupAsync("ks/-80", "b", None);
        Assert.False(Directory.Exists(_store.At("ks", "-80", "b")));
        Assert.Empty(Directory.GetFileSystemEntries(_store.At(".backupfs", "trash")));
    }

    [Fact]
    public async Task Resuming_leaves_the_modes_as_they_were()
    {
        var backup = await _store.Storage.StartAsync();
        await backup.Tree.CreateDirectoryAsync("d", new NewEntry(0x1ED), None);
        await backup.WriteAsync("d/f", [1]);
        await backup.MarkUnfinishedAsync("d/f", true, None);
        Assert.True((await backup.Tree.SetAttributesAsync("d", new EntryChanges { Mode = 0 }, None)).IsOk);
        await backup.SuspendAsync(None);
        using var resumed = await _store.Storage.ResumeBackupAsync("ks/-80", "b", None);
        Assert.Equal(["d/f"], resumed.UnfinishedFiles);
        Assert.Equal(0, (await resumed.Tree.GetAttributesAsync("d", None)).Value.Mode);
        await resumed.AbortBackupAsync(None);
    }

    [Fact]
    public async Task A_renamed_directory_is_found_by_its_new_path_only()
    {
        var backup = await _store.Storage.StartAsync();
        await backup.Tree.CreateDirectoryAsync("a", new NewEntry(0x1ED), None);
        await backup.Tree.CreateDirectoryAsync("a/b", new NewEntry(0x1ED), None);
        await backup.WriteAsync("a/b/f", [1]);
        Assert.True((await backup.Tree.GetAttributesAsync("a/b/f", None)).IsOk);
        Assert.True((await backup.Tree.RenameAsync("a", "c", RenameMode.Replace, None)).IsOk);
        Assert.Equal(StorageErrorKind.NotFound, (await backup.Tree.GetAttributesAsync("a/b/f", None)).Error?.Kind);
        Assert.True((await backup.Tree.GetAttributesAsync("c/b/f", None)).IsOk);
        await backup.Tree.CreateDirectoryAsync("a", new NewEntry(0x1ED), None);
        await backup.Tree.CreateDirectoryAsync("a/b", new NewEntry(0x1ED), None);
        Assert.True((await backup.Tree.RenameAsync("a", "c", RenameMode.Exchange, None)).IsOk);
        Assert.True((await backup.Tree.GetAttributesAsync("a/b/f", None)).IsOk);
        Assert.Equal(StorageErrorKind.NotFound, (await backup.Tree.GetAttributesAsync("c/b/f", None)).Error?.Kind);
        await backup.AbortBackupAsync(None);
    }

    [Fact]
    public async Task An_unnamed_file_gets_a_name_and_is_in_the_manifest()
    {
        var backup = await _store.Storage.StartAsync();
        await using (var file = (await backup.Tree.CreateUnnamedFileAsync("", FileAccessMode.ReadWrite, new NewEntry(0x1A4), None)).Value)
        {
            await file.WriteAsync(Bytes(100), 0, None);
            Assert.True((await backup.Tree.LinkUnnamedFileAsync(file, "f", None)).IsOk);
        }

        await using (await OpenUnnamedAsync(backup))
        {
        }

        await backup.EndAsync();
        Assert.Equal(Bytes(100), await backup.ReadAsync("f"));
        Assert.Equal(2, (await backup.ReadManifestAsync(None))!.Entries.Count);
    }

    [Fact]
    public async Task What_was_put_into_a_complete_backup_by_something_else_is_corrupt()
    {
        var backup = await _store.Storage.StartAsync();
        await backup.EndAsync();
        await System.IO.File.WriteAllTextAsync(_store.At("ks", "-80", "b", "planted"), "x");
        Assert.Equal(StorageErrorKind.Corrupt, (await backup.Tree.OpenFileAsync("planted", FileAccessMode.Read, false, None)).Error?.Kind);
    }

    [Fact]
    public async Task Reading_and_writing_and_looking_up_allocate_nothing()
    {
        var backup = await _store.Storage.StartAsync();
        await backup.Tree.CreateDirectoryAsync("d", new NewEntry(0x1ED), None);
        await using var file = await backup.CreateAsync("d/f");
        var buffer = new byte[4096];
        Round(backup, file, buffer);
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var number = 0; number < 100; number++)
            {
                Round(backup, file, buffer);
            }
        }));
        await file.DisposeAsync();
        await backup.AbortBackupAsync(None);
    }

    [Fact]
    public async Task Five_thousand_small_files_end_and_all_are_in_the_manifest()
    {
        var backup = await _store.Storage.StartAsync();
        for (var number = 0; number < 5000; number++)
        {
            await backup.WriteAsync($"f{number}", Bytes(100, number));
        }

        await backup.EndAsync();
        var manifest = (await backup.ReadManifestAsync(None))!;
        Assert.Equal(5001, manifest.Entries.Count);
        Assert.Equal(Bytes(100, 4321), await backup.ReadAsync("f4321"));
    }

    private static async Task<IBackupFile> OpenUnnamedAsync(IBackupHandle backup)
    {
        var file = (await backup.Tree.CreateUnnamedFileAsync("", FileAccessMode.Write, new NewEntry(0x1A4), None)).Value;
        await file.WriteAsync(Bytes(10), 0, None);
        return file;
    }

    private static void Round(IBackupHandle backup, IBackupFile file, byte[] buffer)
    {
        RequireDone(file.WriteAsync(buffer, 0, None));
        RequireDone(file.ReadAsync(buffer, 0, None));
        RequireDone(file.GetAttributesAsync(None));
        RequireDone(backup.Tree.GetAttributesAsync("d/f", None));
    }

    /// <summary>It has completed on this thread.</summary>
    private static void RequireDone<T>(ValueTask<StorageResult<T>> operation) => Assert.True(operation.IsCompletedSuccessfully && operation.Result.IsOk);
}
