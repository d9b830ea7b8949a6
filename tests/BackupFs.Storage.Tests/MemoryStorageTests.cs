using BackupFs.Storage.Contract;

namespace BackupFs.Storage.Tests;

public class MemoryStorageTests : StorageContract
{
    protected MemoryStore Store { get; init; } = new();

    protected override ValueTask<IBackupStorage> CreateStorageAsync() => new(new MemoryStorage(Store, "first"));

    protected override ValueTask<IBackupStorage> ReopenAsync() => new(new MemoryStorage(Store, "second"));

    protected override ValueTask SimulateCrashAsync(IBackupHandle handle)
    {
        MemoryStorage.Crash(handle);
        return ValueTask.CompletedTask;
    }

    protected override ValueTask<bool> TamperAsync(string directory, string name, string path, long offset)
    {
        Store.Tamper(directory, name, path, offset);
        return new(true);
    }

    protected override ValueTask<bool> PlantForeignAsync(string directory, string name, IReadOnlyDictionary<string, byte[]> files)
    {
        Store.PlantForeign(directory, name, files);
        return new(true);
    }
}
