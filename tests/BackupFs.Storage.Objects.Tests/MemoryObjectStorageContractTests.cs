using BackupFs.Storage.Contract;
using BackupFs.Storage.Objects.Contract;
using Microsoft.Extensions.Logging.Abstractions;

namespace BackupFs.Storage.Objects.Tests;

/// <summary>The transactional storage over the strict object store in memory.</summary>
public class MemoryObjectStorageContractTests : StorageContract
{
    protected MemoryObjects Objects { get; } = new();

    protected override ValueTask<IBackupStorage> CreateStorageAsync() => new(Another());

    protected override ValueTask<IBackupStorage> ReopenAsync() => new(Another());

    protected override async ValueTask SimulateCrashAsync(IBackupHandle handle) => await ((OpenBackupHandle)handle).SimulateCrashAsync();

    protected override ValueTask<bool> TamperAsync(string directory, string name, string path, long offset)
    {
        var key = ObjectKeys.File(directory, name, path);
        var bytes = (byte[])Objects[key]!.Clone();
        bytes[offset] ^= 1;
        Objects[key] = bytes;
        return new(true);
    }

    protected override ValueTask<bool> PlantForeignAsync(string directory, string name, IReadOnlyDictionary<string, byte[]> files)
    {
        foreach (var (path, content) in files)
        {
            Objects[ObjectKeys.File(directory, name, path)] = content;
        }

        return new(true);
    }

    private ObjectStorage Another() =>
        new(new MemoryObjectStore(Objects), new ObjectStorageOptions(), TimeProvider.System, NullLogger.Instance);
}

/// <summary>The same on a server that ignores conditions without a word.</summary>
public sealed class MemoryObjectStorageWithoutConditionsTests : MemoryObjectStorageContractTests
{
    public MemoryObjectStorageWithoutConditionsTests() => Objects.IgnoresConditions = true;
}
