using BackupFs.Storage.Objects;
using BackupFs.Storage.Objects.Contract;

namespace BackupFs.Storage.Directory.Tests;

/// <summary>Backups in a plain directory, by the engine of object stores.</summary>
public sealed class DirectoryStorageContractTests : ObjectStorageContract, IDisposable
{
    private readonly TemporaryRoot _root = new();

    public void Dispose() => _root.Dispose();

    protected override ValueTask<IObjectStore> CreateStoreAsync() => new(_root.Open());

    protected override ValueTask<IObjectStore> ReopenStoreAsync() => new(_root.Open());
}
