using BackupFs.Storage.Objects;
using BackupFs.Storage.Objects.Contract;

namespace BackupFs.Storage.Directory.Tests;

public sealed class DirectoryObjectStoreContractTests : ObjectStoreContract, IDisposable
{
    private readonly TemporaryRoot _root = new();

    public void Dispose() => _root.Dispose();

    protected override ValueTask<IObjectStore> CreateStoreAsync() => new(_root.Open());

    protected override ValueTask<IObjectStore> ReopenAsync() => new(_root.Open());
}
