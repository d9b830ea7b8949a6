using System.Buffers;
using System.Collections.Concurrent;

namespace BackupFs.Storage.Objects.Tests.Reading;

/// <summary>Passes everything on, notes every read, and can refuse or delay it.</summary>
internal sealed class RecordingStore(IObjectStore inner) : IObjectStore
{
    private int _underWay;
    private int _mostUnderWay;

    /// <summary>The GETs, in the order they began.</summary>
    public ConcurrentQueue<(long Offset, long Length)> Gets { get; } = new();

    /// <summary>Most GETs under way at the same time.</summary>
    public int MostUnderWay => _mostUnderWay;

    /// <summary>GETs under way.</summary>
    public int UnderWay => _underWay;

    /// <summary>Bytes asked for.</summary>
    public long Bytes => Gets.Sum(get => get.Length);

    /// <summary>Called before a GET with its offset; an error it returns is the answer.</summary>
    public Func<long, CancellationToken, ValueTask<StorageError?>>? OnGet { get; set; }

    public string Scheme => inner.Scheme;

    public string Location => inner.Location;

    public ObjectStoreLimits Limits => inner.Limits;

    public ValueTask<StorageResult<int>> ReadAsync(
        string key, string? tag, long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        ReadAsync(key, tag, offset, [buffer], cancellationToken);

    public async ValueTask<StorageResult<int>> ReadAsync(
        string key, string? tag, long offset, IReadOnlyList<Memory<byte>> buffers, CancellationToken cancellationToken)
    {
        Gets.Enqueue((offset, buffers.Sum(buffer => (long)buffer.Length)));
        var underWay = Interlocked.Increment(ref _underWay);
        for (int most; underWay > (most = _mostUnderWay) && Interlocked.CompareExchange(ref _mostUnderWay, underWay, most) != most;)
        {
        }

        try
        {
            if (OnGet is not null && await OnGet(offset, cancellationToken) is { } error)
            {
                return error;
            }

            return await inner.ReadAsync(key, tag, offset, buffers, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    public ValueTask<StorageResult<ObjectPage>> ListAsync(ObjectListing listing, CancellationToken cancellationToken) =>
        inner.ListAsync(listing, cancellationToken);

    public ValueTask<StorageResult<ObjectInfo>> GetInfoAsync(string key, CancellationToken cancellationToken) =>
        inner.GetInfoAsync(key, cancellationToken);

    public ValueTask<StorageResult<ObjectInfo>> PutAsync(
        string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken) =>
        inner.PutAsync(key, body, condition, cancellationToken);

    public ValueTask<StorageResult<ObjectInfo>> CopyAsync(string sourceKey, string destinationKey, CancellationToken cancellationToken) =>
        inner.CopyAsync(sourceKey, destinationKey, cancellationToken);

    public ValueTask<StorageResult<Done>> DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        inner.DeleteAsync(keys, cancellationToken);

    public ValueTask<StorageResult<IObjectUpload>> StartUploadAsync(string key, CancellationToken cancellationToken) =>
        inner.StartUploadAsync(key, cancellationToken);

    public ValueTask<StorageResult<IReadOnlyList<UnfinishedUpload>>> ListUploadsAsync(string prefix, CancellationToken cancellationToken) =>
        inner.ListUploadsAsync(prefix, cancellationToken);

    public ValueTask<StorageResult<Done>> AbortUploadAsync(UnfinishedUpload upload, CancellationToken cancellationToken) =>
        inner.AbortUploadAsync(upload, cancellationToken);

    public ValueTask<StorageResult<Done>> PrepareAsync(string key, CancellationToken cancellationToken) =>
        inner.PrepareAsync(key, cancellationToken);

    public ValueTask CloseAsync(CancellationToken cancellationToken) => inner.CloseAsync(cancellationToken);
}
