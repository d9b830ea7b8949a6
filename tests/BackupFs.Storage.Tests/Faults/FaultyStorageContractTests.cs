namespace BackupFs.Storage.Tests;

/// <summary>Without a fault, a faulty storage is as good as the one it wraps.</summary>
public sealed class FaultyStorageContractTests : MemoryStorageTests
{
    protected override async ValueTask<IBackupStorage> CreateStorageAsync() => new FaultyStorage(await base.CreateStorageAsync(), new FaultPlan());

    protected override async ValueTask<IBackupStorage> ReopenAsync() => new FaultyStorage(await base.ReopenAsync(), new FaultPlan());

    protected override ValueTask SimulateCrashAsync(IBackupHandle handle) => base.SimulateCrashAsync(FaultyStorage.Unwrap(handle));
}
