using BackupFs.Storage.Objects;
using BackupFs.Storage.Objects.Contract;

namespace BackupFs.Storage.Azure.Tests;

/// <summary>Backups in Azurite, each test with a root of its own.</summary>
public sealed class AzureStorageContractTests : ObjectStorageContract
{
    private string _location = "";

    protected override bool Refuses(string name) => name.Contains('\\', StringComparison.Ordinal);

    protected override async ValueTask<IObjectStore> CreateStoreAsync()
    {
        _location = await Azurite.NewLocationAsync();
        return await Azurite.OpenAsync(_location);
    }

    protected override async ValueTask<IObjectStore> ReopenStoreAsync() => await Azurite.OpenAsync(_location);
}
