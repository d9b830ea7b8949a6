using BackupFs.Storage.Gcs.Emulator;
using BackupFs.Storage.Objects;
using BackupFs.Storage.Objects.Contract;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace BackupFs.Storage.Gcs.Tests;

public sealed class GcsObjectStoreContractTests(GcsFixture fixture) : ObjectStoreContract, IClassFixture<GcsFixture>
{
    private string _location = "";

    protected override bool ListsUploads => false;

    protected override ValueTask<IObjectStore> CreateStoreAsync()
    {
        _location = fixture.NewLocation();
        return ReopenAsync();
    }

    protected override ValueTask<IObjectStore> ReopenAsync() => new(GcsFixture.Open(_location));
}

/// <summary>An emulator, one for a class of tests.</summary>
public sealed class GcsFixture : IAsyncLifetime
{
    private int _roots;

    internal GcsEmulator Emulator { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Emulator = await GcsEmulator.StartAsync();
        Emulator.CreateBucket("backups");
    }

    public async Task DisposeAsync() => await Emulator.DisposeAsync();

    /// <summary>A location that nothing is stored in.</summary>
    internal string NewLocation(string parameters = "") =>
        $"gcs://backups/root {Interlocked.Increment(ref _roots)}?endpoint={Emulator.Address}&anonymous=true{parameters}";

    internal static GcsObjectStore Open(string location, TimeProvider? time = null) =>
        new(GcsStoreOptions.Of(StorageUrl.Parse(location), _ => null), time ?? TimeProvider.System, NullLogger.Instance);
}
