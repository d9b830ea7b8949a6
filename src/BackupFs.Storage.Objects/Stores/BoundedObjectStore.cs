using System.Buffers;

namespace BackupFs.Storage.Objects;

/// <summary>A store with a bound on the requests under way at the same time. Thread-safe.</summary>
/// <remarks>No request waits for another one while it holds its place, so nothing can deadlock here.</remarks>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA1001", Justification = "A semaphore whose wait handle is not used holds nothing.")]
internal sealed class BoundedObjectStore(IObjectStore inner, int maximum) : IObjectStore
{
    private readonly SemaphoreSlim _places = new(maximum, maximum);

    public string Scheme => inner.Scheme;

    public string Location => inner.Location;

    public ObjectStoreLimits Limits => inner.Limits;

    public ValueTask<StorageResult<ObjectPage>> ListAsync(ObjectListing listing, CancellationToken cancellationToken) =>
        InPlaceAsync(() => inner.ListAsync(listing, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<ObjectInfo>> GetInfoAsync(string key, CancellationToken cancellationToken) =>
        InPlaceAsync(() => inner.GetInfoAsync(key, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<int>> ReadAsync(
        string key, string? tag, long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        InPlaceAsync(() => inner.ReadAsync(key, tag, offset, buffer, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<int>> ReadAsync(
        string key, string? tag, long offset, IReadOnlyList<Memory<byte>> buffers, CancellationToken cancellationToken) =>
        InPlaceAsync(() => inner.ReadAsync(key, tag, offset, buffers, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<int>> ReadWholeAsync(
        string key, string? tag, IReadOnlyList<Memory<byte>> buffers, CancellationToken cancellationToken) =>
        InPlaceAsync(() => inner.ReadWholeAsync(key, tag, buffers, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<ObjectInfo>> PutAsync(
        string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken) =>
        InPlaceAsync(() => inner.PutAsync(key, body, condition, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<ObjectInfo>> CopyAsync(string sourceKey, string destinationKey, CancellationToken cancellationToken) =>
        InPlaceAsync(() => inner.CopyAsync(sourceKey, destinationKey, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<Done>> DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        InPlaceAsync(() => inner.DeleteAsync(keys, cancellationToken), cancellationToken);

    public async ValueTask<StorageResult<IObjectUpload>> StartUploadAsync(string key, CancellationToken cancellationToken)
    {
        var upload = await InPlaceAsync(() => inner.StartUploadAsync(key, cancellationToken), cancellationToken).ConfigureAwait(false);
        return upload.IsOk ? new BoundedUpload(this, upload.Value) : upload;
    }

    public ValueTask<StorageResult<IReadOnlyList<UnfinishedUpload>>> ListUploadsAsync(string prefix, CancellationToken cancellationToken) =>
        InPlaceAsync(() => inner.ListUploadsAsync(prefix, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<Done>> AbortUploadAsync(UnfinishedUpload upload, CancellationToken cancellationToken) =>
        InPlaceAsync(() => inner.AbortUploadAsync(upload, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<Done>> PrepareAsync(string key, CancellationToken cancellationToken) =>
        InPlaceAsync(() => inner.PrepareAsync(key, cancellationToken), cancellationToken);

    public ValueTask CloseAsync(CancellationToken cancellationToken) => inner.CloseAsync(cancellationToken);

    private async ValueTask<StorageResult<T>> InPlaceAsync<T>(
        Func<ValueTask<StorageResult<T>>> request, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await request().ConfigureAwait(false);
        }
        finally
        {
            _places.Release();
        }
    }

    private sealed class BoundedUpload(BoundedObjectStore store, IObjectUpload upload) : IObjectUpload
    {
        public string Key => upload.Key;

        public ValueTask<StorageResult<Done>> UploadPartAsync(
            int number, ReadOnlySequence<byte> body, bool isLast, CancellationToken cancellationToken) =>
            store.InPlaceAsync(() => upload.UploadPartAsync(number, body, isLast, cancellationToken), cancellationToken);

        public ValueTask<StorageResult<Done>> CopyPartAsync(
            int number, string sourceKey, string tag, long offset, long length, CancellationToken cancellationToken) =>
            store.InPlaceAsync(() => upload.CopyPartAsync(number, sourceKey, tag, offset, length, cancellationToken), cancellationToken);

        public ValueTask<StorageResult<ObjectInfo>> CompleteAsync(int parts, CancellationToken cancellationToken) =>
            store.InPlaceAsync(() => upload.CompleteAsync(parts, cancellationToken), cancellationToken);

        public ValueTask<StorageResult<Done>> AbortAsync(CancellationToken cancellationToken) =>
            store.InPlaceAsync(() => upload.AbortAsync(cancellationToken), cancellationToken);
    }
}
