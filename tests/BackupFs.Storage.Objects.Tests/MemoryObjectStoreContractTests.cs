using BackupFs.Storage.Objects.Contract;

namespace BackupFs.Storage.Objects.Tests;

public class MemoryObjectStoreContractTests : ObjectStoreContract
{
    private readonly MemoryObjects _objects = new();

    protected override ValueTask<IObjectStore> CreateStoreAsync() => new(new MemoryObjectStore(_objects));

    protected override ValueTask<IObjectStore> ReopenAsync() => new(new MemoryObjectStore(_objects));
}

public class CarelessObjectStoreContractTests : ObjectStoreContract
{
    private readonly MemoryObjects _objects = new() { IgnoresConditions = true };

    protected override bool HeedsConditions => false;

    protected override ValueTask<IObjectStore> CreateStoreAsync() => new(new MemoryObjectStore(_objects));

    protected override ValueTask<IObjectStore> ReopenAsync() => new(new MemoryObjectStore(_objects));
}
