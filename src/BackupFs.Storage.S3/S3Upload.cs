using System.Buffers;
using System.Collections.Concurrent;
using Amazon.S3;
using Amazon.S3.Model;
using BackupFs.Storage.Objects;

namespace BackupFs.Storage.S3;

/// <summary>A multipart upload. Thread-safe.</summary>
internal sealed class S3Upload(S3CompatibleStore store, string bucket, string key, string id) : IObjectUpload
{
    private readonly ConcurrentDictionary<int, S3Part> _parts = new();
    private ObjectInfo? _completed;

    /// <inheritdoc/>
    public string Key => key;

    /// <summary>Where it is.</summary>
    internal string Bucket => bucket;

    /// <summary>The server's name for it.</summary>
    internal string Id => id;

    /// <inheritdoc/>
    public async ValueTask<StorageResult<Done>> UploadPartAsync(
        int number, ReadOnlySequence<byte> body, bool isLast, CancellationToken cancellationToken) =>
        Keep(await store.UploadPartAsync(this, number, body, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public async ValueTask<StorageResult<Done>> CopyPartAsync(
        int number, string sourceKey, string tag, long offset, long length, CancellationToken cancellationToken) =>
        Keep(await store.CopyPartAsync(this, number, sourceKey, tag, offset, length, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public async ValueTask<StorageResult<ObjectInfo>> CompleteAsync(int parts, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _completed) is { } before)
        {
            return before;
        }

        var all = new List<S3Part>(Math.Max(parts, 0));
        for (var number = 1; number <= parts; number++)
        {
            if (!_parts.TryGetValue(number, out var part))
            {
                return new StorageError(StorageErrorKind.InvalidArgument, $"part {number} of '{BackupPath.Printable(key)}' was not uploaded");
            }

            all.Add(part);
        }

        if (all.Count == 0)
        {
            return new StorageError(StorageErrorKind.InvalidArgument, $"'{BackupPath.Printable(key)}' has no parts");
        }

        var result = await store.CompleteAsync(this, all, cancellationToken).ConfigureAwait(false);
        if (result.IsOk)
        {
            Volatile.Write(ref _completed, result.Value);
        }

        return result;
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> AbortAsync(CancellationToken cancellationToken) =>
        Volatile.Read(ref _completed) is not null ? new(Done.Ok) : store.AbortAsync(bucket, key, id, cancellationToken);

    /// <summary>Says which checksum the parts will have.</summary>
    internal static void SetChecksum(InitiateMultipartUploadRequest request, S3Checksum checksum)
    {
        (request.ChecksumAlgorithm, request.ChecksumType) = checksum switch
        {
            S3Checksum.Crc64Nvme => (ChecksumAlgorithm.CRC64NVME, ChecksumType.FULL_OBJECT),
            S3Checksum.Crc32C => (ChecksumAlgorithm.CRC32C, ChecksumType.COMPOSITE),
            S3Checksum.Sha256 => (ChecksumAlgorithm.SHA256, ChecksumType.COMPOSITE),
            S3Checksum.Auto or S3Checksum.Md5 or S3Checksum.None => (null, null),
        };
    }

    private StorageResult<Done> Keep(StorageResult<S3Part> uploaded)
    {
        if (!uploaded.IsOk)
        {
            return uploaded.Error;
        }

        _parts[uploaded.Value.Number] = uploaded.Value;
        return Done.Ok;
    }
}
