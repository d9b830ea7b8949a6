namespace BackupFs.Storage.Tests;

/// <summary>The same storage without directories of its own, as object storage is.</summary>
public sealed class MemoryStorageWithoutDirectoriesTests : MemoryStorageTests
{
    public MemoryStorageWithoutDirectoriesTests() => Store = new MemoryStore(realDirectories: false);
}
