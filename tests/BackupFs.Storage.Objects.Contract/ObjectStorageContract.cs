using System.Buffers;
using BackupFs.Storage.Contract;
using Microsoft.Extensions.Logging.Abstractions;

namespace BackupFs.Storage.Objects.Contract;

/// <summary>What every storage has to do, by <see cref="ObjectStorage"/> over a store: say how a client of an empty one is made.</summary>
public abstract class ObjectStorageContract : StorageContract
{
    private readonly List<IObjectStore> _clients = [];

    /// <summary>A client of a place where nothing is stored; called once for each test.</summary>
    protected abstract ValueTask<IObjectStore> CreateStoreAsync();

    /// <summary>A further client of the same place.</summary>
    protected abstract ValueTask<IObjectStore> ReopenStoreAsync();

    public override async Task DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.CloseAsync(default);
        }

        await base.DisposeAsync();
    }

    protected override async ValueTask<IBackupStorage> CreateStorageAsync() => Over(await CreateStoreAsync());

    protected override async ValueTask<IBackupStorage> ReopenAsync() => Over(await ReopenStoreAsync());

    protected override async ValueTask SimulateCrashAsync(IBackupHandle handle) => await ((OpenBackupHandle)handle).SimulateCrashAsync();

    protected override async ValueTask<bool> TamperAsync(string directory, string name, string path, long offset)
    {
        var key = ObjectKeys.File(directory, name, path);
        var store = await ClientAsync();
        var bytes = (await ObjectLister.ReadSmallAsync(store, key, Soon)).Value.Bytes;
        bytes[offset] ^= 1;
        _ = (await store.PutAsync(key, new ReadOnlySequence<byte>(bytes), PutCondition.None, Soon)).Value;
        return true;
    }

    protected override async ValueTask<bool> PlantForeignAsync(string directory, string name, IReadOnlyDictionary<string, byte[]> files)
    {
        var store = await ClientAsync();
        _ = (await store.PrepareAsync(ObjectKeys.Backup(directory, name), Soon)).Value;
        foreach (var (path, content) in files)
        {
            _ = (await store.PutAsync(ObjectKeys.File(directory, name, path), new ReadOnlySequence<byte>(content), PutCondition.None, Soon)).Value;
        }

        return true;
    }

    private async ValueTask<IObjectStore> ClientAsync()
    {
        if (_clients.Count == 0)
        {
            _clients.Add(await ReopenStoreAsync());
        }

        return _clients[0];
    }

    /// <summary>A storage with as little memory as is allowed.</summary>
    protected ObjectStorage Over(IObjectStore store)
    {
        _clients.Add(store);
        return new ObjectStorage(store, new ObjectStorageOptions { Memory = ObjectStorageOptions.MinimumMemory }, TimeProvider.System, NullLogger.Instance);
    }
}
