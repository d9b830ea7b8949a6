using System.Buffers;
using System.Collections.Concurrent;
using BackupFs.Storage.Objects.Contract;

namespace BackupFs.Storage.Objects.Tests.Writing;

/// <summary>Counts the bytes of uploads and forgets them: for files larger than memory.</summary>
internal sealed class SinkStore : IObjectStore
{
    private int _inFlight;
    private int _mostInFlight;

    internal Action? OnPart { get; set; }

    /// <summary>What every part waits for, when it is under way.</summary>
    internal Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Bytes of the parts, by their numbers.</summary>
    internal ConcurrentDictionary<int, long> Parts { get; } = [];

    /// <summary>The most parts that were under way at a time.</summary>
    internal int MostInFlight => Volatile.Read(ref _mostInFlight);

    /// <summary>Bytes of the object completed last.</summary>
    internal long Completed { get; private set; }

    public string Scheme => "sink";

    public string Location => "sink:";

    public ObjectStoreLimits Limits => MemoryObjectStore.DefaultLimits;

    public async ValueTask<StorageResult<IObjectUpload>> StartUploadAsync(string key, CancellationToken cancellationToken)
    {
        await Task.Yield();
        return new StorageResult<IObjectUpload>(new Upload(this, key));
    }

    public ValueTask<StorageResult<ObjectPage>> ListAsync(ObjectListing listing, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<StorageResult<ObjectInfo>> GetInfoAsync(string key, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<StorageResult<int>> ReadAsync(string key, string? tag, long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask<StorageResult<ObjectInfo>> PutAsync(
        string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<StorageResult<ObjectInfo>> CopyAsync(string sourceKey, string destinationKey, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask<StorageResult<Done>> DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<StorageResult<IReadOnlyList<UnfinishedUpload>>> ListUploadsAsync(string prefix, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask<StorageResult<Done>> AbortUploadAsync(UnfinishedUpload upload, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<StorageResult<Done>> PrepareAsync(string key, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask CloseAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    private sealed class Upload(SinkStore store, string key) : IObjectUpload
    {
        private long _bytes;

        public string Key => key;

        public async ValueTask<StorageResult<Done>> UploadPartAsync(
            int number, ReadOnlySequence<byte> body, bool isLast, CancellationToken cancellationToken)
        {
            await Task.Yield();
            lock (store.Parts)
            {
                store._mostInFlight = Math.Max(store._mostInFlight, ++store._inFlight);
            }

            store.OnPart?.Invoke();
            await store.Gate;
            Interlocked.Add(ref _bytes, body.Length);
            store.Parts[number] = body.Length;
            lock (store.Parts)
            {
                store._inFlight--;
            }

            return Done.Ok;
        }

        public ValueTask<StorageResult<Done>> CopyPartAsync(
            int number, string sourceKey, string tag, long offset, long length, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<StorageResult<ObjectInfo>> CompleteAsync(int parts, CancellationToken cancellationToken)
        {
            store.Completed = _bytes;
            return new(new ObjectInfo(key, _bytes, "1", default));
        }

        public ValueTask<StorageResult<Done>> AbortAsync(CancellationToken cancellationToken) => new(Done.Ok);
    }
}
