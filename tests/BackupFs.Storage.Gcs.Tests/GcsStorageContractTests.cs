using BackupFs.Storage.Objects;
using BackupFs.Storage.Objects.Contract;
using Xunit;

namespace BackupFs.Storage.Gcs.Tests;

/// <summary>Backups in the emulator, each test with a root of its own.</summary>
public sealed class GcsStorageContractTests(GcsFixture fixture) : ObjectStorageContract, IClassFixture<GcsFixture>
{
    private string _location = "";

    protected override ValueTask<IObjectStore> CreateStoreAsync()
    {
        _location = fixture.NewLocation();
        return ReopenStoreAsync();
    }

    protected override ValueTask<IObjectStore> ReopenStoreAsync() => new(GcsFixture.Open(_location));
}
