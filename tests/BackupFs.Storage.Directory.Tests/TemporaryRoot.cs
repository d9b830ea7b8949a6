using BackupFs.Storage.Objects;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace BackupFs.Storage.Directory.Tests;

/// <summary>A directory for a store that is gone afterwards.</summary>
internal sealed class TemporaryRoot : IDisposable
{
    private const string MemoryFolder = "/dev/shm";
    private readonly string _parent;

    /// <summary>Makes one.</summary>
    /// <param name="inMemory">Whether on a file system in memory, if there is one: operations that do not wait for a disk meet more often.</param>
    internal TemporaryRoot(bool inMemory = false)
    {
        _parent = System.IO.Path.Combine(
            inMemory && System.IO.Directory.Exists(MemoryFolder) ? MemoryFolder : System.IO.Path.GetTempPath(),
            $"backupfs-directory-{Guid.NewGuid():N}");
        System.IO.Directory.CreateDirectory(_parent);
    }

    internal string Path => System.IO.Path.Combine(_parent, "root");

    public void Dispose()
    {
        // A storage that was given up deletes and writes a moment longer.
        Assert.True(SpinWait.SpinUntil(IsDeleted, TimeSpan.FromMinutes(1)));
    }

    internal DirectoryObjectStore Open(bool windowsNames = false, TimeProvider? time = null) =>
        new(new DirectoryStoreOptions(DirectoryStoreOptions.OwnScheme, Path) { WindowsNames = windowsNames }, time ?? TimeProvider.System);

    internal ObjectStorage OpenStorage()
    {
        var store = Open();
        var options = new ObjectStorageOptions { Memory = ObjectStorageOptions.MinimumMemory, SpoolDirectory = store.SpoolDirectory };
        return new ObjectStorage(store, options, TimeProvider.System, NullLogger.Instance);
    }

    private bool IsDeleted()
    {
        try
        {
            System.IO.Directory.Delete(_parent, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            return !System.IO.Directory.Exists(_parent);
        }
        catch (IOException)
        {
            return false;
        }

        return true;
    }

    internal string At(params string[] path) => System.IO.Path.Combine([Path, .. path]);

    internal void Plant(string content, params string[] path)
    {
        System.IO.Directory.CreateDirectory(System.IO.Path.GetDirectoryName(At(path))!);
        System.IO.File.WriteAllText(At(path), content);
    }
}
