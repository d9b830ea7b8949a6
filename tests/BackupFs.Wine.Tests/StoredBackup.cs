using System.Text;
using BackupFs.Storage;
using BackupFs.Storage.Directory;
using BackupFs.Storage.File;
using BackupFs.Storage.Objects;
using Microsoft.Extensions.Logging.Abstractions;

namespace BackupFs.Wine.Tests;

/// <summary>Backups that this program stores on Linux.</summary>
internal static class StoredBackup
{
    /// <summary>The files of a backup: more than a block, none, and names in any script.</summary>
    internal static IReadOnlyDictionary<string, byte[]> Files { get; } = new Dictionary<string, byte[]>
    {
        ["ibdata1"] = RandomBytes(9_000_000),
        ["empty"] = [],
        ["sub/deep/Größe 日本"] = Encoding.UTF8.GetBytes("content"),
    };

    /// <summary>The file storage of Linux.</summary>
    internal static IBackupStorage OpenFiles(string root) => new FileStorage(new FileStorageOptions(root), TimeProvider.System, NullLogger.Instance);

    /// <summary>The storage that Windows has, on Linux.</summary>
    internal static IBackupStorage OpenDirectory(string root) => OverObjects(DirectoryObjectStore.Create(StorageUrl.Parse($"directory://{root}"), TimeProvider.System));

    /// <summary>Backups over an object store.</summary>
    internal static IBackupStorage OverObjects(IObjectStore store) =>
        new ObjectStorage(store, new ObjectStorageOptions { Memory = ObjectStorageOptions.MinimumMemory }, TimeProvider.System, NullLogger.Instance);

    /// <summary>Stores <see cref="Files"/> as a complete backup.</summary>
    internal static async Task StoreAsync(IBackupStorage storage, string directory, string name)
    {
        using var handle = await BeginAsync(storage, directory, name);
        await handle.EndBackupAsync(BackupNotes.None, default);
    }

    /// <summary>Stores <see cref="Files"/> and does not end the backup, as a process that died before it did.</summary>
    internal static async Task StoreUnendedAsync(IBackupStorage storage, string directory, string name)
    {
        using var handle = await BeginAsync(storage, directory, name);
        await handle.SuspendAsync(default);
    }

    private static async Task<IBackupHandle> BeginAsync(IBackupStorage storage, string directory, string name)
    {
        var handle = await storage.StartBackupAsync(directory, name, default);
        _ = (await handle.Tree.CreateDirectoryAsync("sub", new NewEntry(0x1ED), default)).Value;
        _ = (await handle.Tree.CreateDirectoryAsync("sub/deep", new NewEntry(0x1ED), default)).Value;
        foreach (var (path, content) in Files)
        {
            await using var file = (await handle.Tree.CreateFileAsync(path, FileAccessMode.Write, new NewEntry(0x1A4), default)).Value;
            _ = (await file.WriteAsync(content, 0, default)).Value;
            _ = (await file.FlushAsync(default)).Value;
        }

        return handle;
    }

    private static byte[] RandomBytes(int length)
    {
        var bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
