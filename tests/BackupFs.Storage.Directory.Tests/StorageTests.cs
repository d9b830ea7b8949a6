using BackupFs.Storage.Contract;
using BackupFs.Storage.File;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace BackupFs.Storage.Directory.Tests;

/// <summary>Backups in a directory: what a file system of names needs, and how the storage of files on Linux sees the same directory.</summary>
public sealed class StorageTests : IDisposable
{
    private static readonly NewEntry Plain = new(0x1A4);
    private static readonly BackupNotes NoNotes = BackupNotes.None;
    private readonly TemporaryRoot _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task Files_become_directories_and_directories_files()
    {
        var storage = _root.OpenStorage();
        using var handle = await storage.StartBackupAsync("db", "monday", default);
        var tree = handle.Tree;
        await WriteAsync(tree, "file", "was a file");
        await tree.CreateDirectoryAsync("dir", new NewEntry(0x1ED), default);
        await WriteAsync(tree, "dir/inside", "inside");

        // The first way: unlinked and made anew.
        await tree.UnlinkAsync("file", default);
        await tree.CreateDirectoryAsync("file", new NewEntry(0x1ED), default);
        await WriteAsync(tree, "file/below", "below");

        // The second: renamed away, into each other.
        Assert.True((await tree.RenameAsync("dir", "moved", RenameMode.Replace, default)).IsOk);
        await WriteAsync(tree, "dir", "now a file");
        await WriteAsync(tree, "self", "moves below its own name");
        Assert.True((await tree.RenameAsync("self", "other", RenameMode.Replace, default)).IsOk);
        await tree.CreateDirectoryAsync("self", new NewEntry(0x1ED), default);
        Assert.True((await tree.RenameAsync("other", "self/self", RenameMode.Replace, default)).IsOk);
        await handle.EndBackupAsync(NoNotes, default);

        Assert.Equal("below", System.IO.File.ReadAllText(_root.At("db", "monday", "file", "below")));
        Assert.Equal("inside", System.IO.File.ReadAllText(_root.At("db", "monday", "moved", "inside")));
        Assert.Equal("now a file", System.IO.File.ReadAllText(_root.At("db", "monday", "dir")));
        Assert.Equal("moves below its own name", System.IO.File.ReadAllText(_root.At("db", "monday", "self", "self")));
        var found = await _root.OpenStorage().FindBackupAsync("db", "monday", default);
        Assert.Empty((await new BackupVerifier().VerifyAsync(found!, null, default)).Findings);
    }

    [Fact]
    public async Task After_the_end_the_directory_has_the_files_and_the_manifest_and_nothing_of_ours()
    {
        using (var handle = await _root.OpenStorage().StartBackupAsync("db", "monday", default))
        {
            await WriteAsync(handle.Tree, "file", "content");
            await handle.EndBackupAsync(NoNotes, default);
        }

        Assert.Equal(
            [".backupfs.json", "file"],
            System.IO.Directory.GetFileSystemEntries(_root.At("db", "monday")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(["lock"], System.IO.Directory.GetFiles(_root.At(".backupfs"), "*", SearchOption.AllDirectories).Select(Path.GetFileName));
    }

    [Fact]
    public async Task The_file_storage_has_its_backups_as_they_are_and_the_other_way_round()
    {
        var (files, objects) = (OpenFiles(), _root.OpenStorage());
        foreach (var (storage, name) in new (IBackupStorage, string)[] { (files, "by files"), (objects, "by objects") })
        {
            using var handle = await storage.StartBackupAsync("db", name, default);
            await WriteAsync(handle.Tree, "file", name);
            await handle.EndBackupAsync(NoNotes, default);
        }

        foreach (var storage in new IBackupStorage[] { files, objects })
        {
            var backups = await storage.ListBackupsAsync("db", default);
            Assert.Equal(["by files", "by objects"], backups.Select(backup => backup.Name));
            foreach (var backup in backups)
            {
                Assert.Equal(BackupState.Complete, backup.State);
                var findings = (await new BackupVerifier().VerifyAsync(backup, null, default)).Findings;

                // The metadata that the engine of object stores keeps is in the manifest only.
                Assert.All(findings, finding => Assert.Equal(
                    (FindingKind.ModifyTime, "by objects", "file"), (finding.Kind, backup.Name, storage.Scheme)));
            }
        }
    }

    [Fact]
    [Promise("directory-beside-file")]
    public async Task The_file_storage_takes_an_open_backup_of_the_other_for_incomplete()
    {
        var (files, objects) = (OpenFiles(), _root.OpenStorage());
        using var handle = await objects.StartBackupAsync("db", "monday", default);

        // Before its first file, and after.
        foreach (var name in new[] { "first", "second" })
        {
            await Assert.ThrowsAsync<StorageException>(async () => await files.StartBackupAsync("db", "monday", default));
            Assert.Empty(await files.ListBackupsAsync("db", default));
            await WriteAsync(handle.Tree, name, "content");
            Assert.Equal(BackupState.Incomplete, Assert.Single(await files.ListIncompleteAsync("db", default)).State);
            Assert.Equal(BackupState.Incomplete, (await files.FindBackupAsync("db", "monday", default))!.State);
        }

        var removing = await Assert.ThrowsAsync<StorageException>(async () => await files.RemoveBackupAsync("db", "monday", default));
        Assert.Equal(StorageErrorKind.Busy, removing.Error.Kind);
        await handle.EndBackupAsync(NoNotes, default);
        Assert.Equal(BackupState.Complete, Assert.Single(await files.ListBackupsAsync("db", default)).State);
    }

    [Fact]
    [Promise("directory-beside-file")]
    public async Task An_open_backup_of_the_file_storage_is_not_seen_and_its_name_is_taken()
    {
        var (files, objects) = (OpenFiles(), _root.OpenStorage());
        using var handle = await files.StartBackupAsync("db", "monday", default);
        await WriteAsync(handle.Tree, "file", "content");
        Assert.Empty(await objects.ListBackupsAsync("db", default));
        Assert.Empty(await objects.ListIncompleteAsync("db", default));
        Assert.Null(await objects.FindBackupAsync("db", "monday", default));
        var starting = await Assert.ThrowsAsync<StorageException>(async () => await objects.StartBackupAsync("db", "monday", default));
        Assert.Equal(StorageErrorKind.AlreadyExists, starting.Error.Kind);
        await objects.RecoverAsync(default);
        await handle.EndBackupAsync(NoNotes, default);
        Assert.Equal(BackupState.Complete, (await objects.FindBackupAsync("db", "monday", default))!.State);
    }

    private static async Task WriteAsync(IBackupTree tree, string path, string content)
    {
        await using var file = (await tree.CreateFileAsync(path, FileAccessMode.Write, Plain, default)).Value;
        Assert.True((await file.WriteAsync(System.Text.Encoding.UTF8.GetBytes(content), 0, default)).IsOk);
        Assert.True((await file.FlushAsync(default)).IsOk);
    }

    private FileStorage OpenFiles() => new(new FileStorageOptions(_root.Path), TimeProvider.System, NullLogger.Instance);
}
