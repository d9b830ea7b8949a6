using BackupFs.Storage.Objects.Contract;

namespace BackupFs.Storage.Objects.Tests;

/// <summary>The transactional storage over the strict object store in memory.</summary>
public class MemoryObjectStorageContractTests : ObjectStorageContract
{
    protected MemoryObjects Objects { get; } = new();

    protected override ValueTask<IObjectStore> CreateStoreAsync() => ReopenStoreAsync();

    protected override ValueTask<IObjectStore> ReopenStoreAsync() => new(new MemoryObjectStore(Objects));
}

/// <summary>The same on a server that ignores conditions without a word.</summary>
public sealed class MemoryObjectStorageWithoutConditionsTests : MemoryObjectStorageContractTests
{
    public MemoryObjectStorageWithoutConditionsTests() => Objects.IgnoresConditions = true;
}
