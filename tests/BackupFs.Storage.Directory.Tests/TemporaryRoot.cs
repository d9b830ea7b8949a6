using BackupFs.Storage.Objects;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace BackupFs.Storage.Directory.Tests;

/// <summary>A directory for a store that is gone afterwards.</summary>
internal sealed class TemporaryRoot : IDisposable
{
    private readonly string _parent = System.IO.Directory.CreateTempSubdirectory("backupfs-directory-").FullName;

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
