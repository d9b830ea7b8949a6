using System.Globalization;
using Azure;
using Azure.Storage.Blobs.Models;
using BackupFs.Storage.Objects;

namespace BackupFs.Storage.Azure;

public sealed partial class AzureObjectStore
{
    /// <summary>What the service copies in one request ("Copy Blob From URL").</summary>
    private const long LargestCopy = 256L << 20;

    private const int CopiesAtOnce = 4;

    /// <inheritdoc/>
    /// <remarks>
    /// "Copy Blob" would take any size, but replaces the destination with an empty blob until it is done. So a large blob is copied by
    /// blocks, which become visible at once.
    /// </remarks>
    public async ValueTask<StorageResult<ObjectInfo>> CopyAsync(string sourceKey, string destinationKey, CancellationToken cancellationToken)
    {
        if (AzureErrors.CheckName(_options.Root.Add(destinationKey)) is { } invalid)
        {
            return invalid;
        }

        for (var tried = 0; ; tried++)
        {
            var source = await GetInfoAsync(sourceKey, cancellationToken).ConfigureAwait(false);
            if (!source.IsOk)
            {
                return source.Error;
            }

            var copied = source.Value.Size <= LargestCopy
                ? await CopyAtOnceAsync(source.Value, destinationKey, cancellationToken).ConfigureAwait(false)
                : await CopyByBlocksAsync(source.Value, destinationKey, LargestCopy, cancellationToken).ConfigureAwait(false);

            // Replaced between the two requests, by somebody who was free to.
            if (copied.Error?.Kind != StorageErrorKind.Corrupt || !_retry.Allows(tried))
            {
                return copied;
            }
        }
    }

    /// <summary>Copies in blocks of at least a size, for which the service needs no length of time that a connection would not last.</summary>
    internal async ValueTask<StorageResult<ObjectInfo>> CopyByBlocksAsync(
        ObjectInfo source, string destinationKey, long blockSize, CancellationToken cancellationToken)
    {
        var size = Math.Max(blockSize, (source.Size + Limits.MaximumParts - 1) / Limits.MaximumParts);
        var parts = (int)((source.Size + size - 1) / size);
        var upload = new AzureUpload(this, destinationKey);
        StorageError? first = null;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = CopiesAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(1, parts + 1, parallel, async (number, cancellation) =>
        {
            var offset = (number - 1) * size;
            if (Volatile.Read(ref first) is null
                && await upload.CopyPartAsync(number, source.Key, source.Tag, offset, Math.Min(size, source.Size - offset), cancellation)
                    .ConfigureAwait(false) is { Error: { } error })
            {
                Interlocked.CompareExchange(ref first, error, null);
            }
        }).ConfigureAwait(false);
        return first ?? await upload.CompleteAsync(parts, cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<StorageResult<ObjectInfo>> CopyAtOnceAsync(ObjectInfo source, string destinationKey, CancellationToken cancellationToken) =>
        DoAsync<ObjectInfo>(
            new Request("copying", source.Key, StorageErrorKind.Corrupt, source.Size),
            async (connection, deadline) =>
            {
                var (address, authorization) = await connection.AuthorizeSourceAsync(Blob(connection, source.Key), deadline.Token).ConfigureAwait(false);
                var options = new BlobCopyFromUriOptions
                {
                    SourceConditions = new BlobRequestConditions { IfMatch = Condition(source.Tag) },
                    SourceAuthentication = authorization,
                };
                var answer = await Blob(connection, destinationKey).SyncCopyFromUriAsync(address, options, deadline.Token).ConfigureAwait(false);
                var headers = answer.GetRawResponse().Headers;
                return headers.ETag is { } tag
                    && headers.TryGetValue("Last-Modified", out var text)
                    && DateTimeOffset.TryParseExact(text, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var modified)
                    ? new ObjectInfo(destinationKey, source.Size, Tag(tag), Timestamp.From(modified))
                    : AzureErrors.Broken($"copying '{BackupPath.Printable(source.Key)}'");
            },
            cancellationToken);
}
