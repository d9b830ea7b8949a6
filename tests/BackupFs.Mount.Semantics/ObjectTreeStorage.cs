using System.Buffers;
using BackupFs.Storage;
using BackupFs.Storage.Objects;
using BackupFs.Storage.Objects.Contract;
using Microsoft.Extensions.Logging.Abstractions;

namespace BackupFs.Mount.Semantics;

/// <summary>Objects in memory.</summary>
public sealed class ObjectTreeStorage : ITreeStorage
{
    private readonly MemoryObjects _objects = new();

    public IBackupStorage Open() => new ObjectStorage(
        new MemoryObjectStore(_objects),
        new ObjectStorageOptions { Memory = ObjectStorageOptions.MinimumMemory },
        TimeProvider.System,
        NullLogger.Instance);

    public async Task PlantAsync(string directory, string name, IReadOnlyDictionary<string, byte[]> files)
    {
        var store = new MemoryObjectStore(_objects);
        foreach (var (path, content) in files)
        {
            var put = await store.PutAsync($"{directory}/{name}/{path}", new ReadOnlySequence<byte>(content), PutCondition.None, default);
            Assert.True(put.IsOk);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
