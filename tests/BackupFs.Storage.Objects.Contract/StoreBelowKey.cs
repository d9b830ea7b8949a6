using System.Buffers;

namespace BackupFs.Storage.Objects.Contract;

/// <summary>A store as part of another one: all keys begin with a prefix, which is not shown.</summary>
public sealed class StoreBelowKey(IObjectStore inner, string place) : IObjectStore
{
    public string Scheme => inner.Scheme;

    public string Location => inner.Location;

    public ObjectStoreLimits Limits { get; } = inner.Limits with { BucketPerDirectory = false };

    public async ValueTask<StorageResult<ObjectPage>> ListAsync(ObjectListing listing, CancellationToken cancellationToken)
    {
        var page = await inner.ListAsync(listing with { Prefix = place + listing.Prefix }, cancellationToken);
        return page.IsOk
            ? new ObjectPage(
                [.. page.Value.Objects.Select(Below)],
                [.. page.Value.Directories.Select(directory => directory[place.Length..])],
                page.Value.Continuation)
            : page;
    }

    public async ValueTask<StorageResult<ObjectInfo>> GetInfoAsync(string key, CancellationToken cancellationToken) =>
        Below(await inner.GetInfoAsync(place + key, cancellationToken));

    public ValueTask<StorageResult<int>> ReadAsync(
        string key, string? tag, long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        inner.ReadAsync(place + key, tag, offset, buffer, cancellationToken);

    public async ValueTask<StorageResult<ObjectInfo>> PutAsync(
        string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken) =>
        Below(await inner.PutAsync(place + key, body, condition, cancellationToken));

    public async ValueTask<StorageResult<ObjectInfo>> CopyAsync(string sourceKey, string destinationKey, CancellationToken cancellationToken) =>
        Below(await inner.CopyAsync(place + sourceKey, place + destinationKey, cancellationToken));

    public ValueTask<StorageResult<Done>> DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        inner.DeleteAsync([.. keys.Select(key => place + key)], cancellationToken);

    public async ValueTask<StorageResult<IObjectUpload>> StartUploadAsync(string key, CancellationToken cancellationToken)
    {
        var upload = await inner.StartUploadAsync(place + key, cancellationToken);
        return upload.IsOk ? new Upload(this, upload.Value) : upload;
    }

    public async ValueTask<StorageResult<IReadOnlyList<UnfinishedUpload>>> ListUploadsAsync(string prefix, CancellationToken cancellationToken)
    {
        var uploads = await inner.ListUploadsAsync(place + prefix, cancellationToken);
        return uploads.IsOk
            ? new StorageResult<IReadOnlyList<UnfinishedUpload>>([.. uploads.Value.Select(upload => upload with { Key = upload.Key[place.Length..] })])
            : uploads;
    }

    public ValueTask<StorageResult<Done>> AbortUploadAsync(UnfinishedUpload upload, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(upload);
        return inner.AbortUploadAsync(upload with { Key = place + upload.Key }, cancellationToken);
    }

    public ValueTask<StorageResult<Done>> PrepareAsync(string key, CancellationToken cancellationToken) =>
        inner.PrepareAsync(place + key, cancellationToken);

    public ValueTask CloseAsync(CancellationToken cancellationToken) => inner.CloseAsync(cancellationToken);

    private ObjectInfo Below(ObjectInfo info) => info with { Key = info.Key[place.Length..] };

    private StorageResult<ObjectInfo> Below(StorageResult<ObjectInfo> result) => result.IsOk ? Below(result.Value) : result;

    private sealed class Upload(StoreBelowKey store, IObjectUpload inner) : IObjectUpload
    {
        public string Key => inner.Key[store.PrefixLength..];

        public ValueTask<StorageResult<Done>> UploadPartAsync(
            int number, ReadOnlySequence<byte> body, bool isLast, CancellationToken cancellationToken) =>
            inner.UploadPartAsync(number, body, isLast, cancellationToken);

        public ValueTask<StorageResult<Done>> CopyPartAsync(
            int number, string sourceKey, string tag, long offset, long length, CancellationToken cancellationToken) =>
            inner.CopyPartAsync(number, store.Full(sourceKey), tag, offset, length, cancellationToken);

        public async ValueTask<StorageResult<ObjectInfo>> CompleteAsync(int parts, CancellationToken cancellationToken) =>
            store.Below(await inner.CompleteAsync(parts, cancellationToken));

        public ValueTask<StorageResult<Done>> AbortAsync(CancellationToken cancellationToken) => inner.AbortAsync(cancellationToken);
    }

    private int PrefixLength => place.Length;

    private string Full(string key) => place + key;
}
