using System.Buffers;
using Amazon.S3;
using Amazon.S3.Model;
using BackupFs.Storage.Objects;

namespace BackupFs.Storage.S3;

internal abstract partial class S3CompatibleStore
{
    /// <summary>What a copy through this machine has in memory, in bytes; more of files of more than 80 GB.</summary>
    private const long PieceSize = 8 << 20;

    /// <summary>Ceph 16 does not copy what it encrypts, but makes parts of it.</summary>
    private volatile bool _refusesCopies;

    /// <inheritdoc/>
    public async ValueTask<StorageResult<ObjectInfo>> CopyAsync(string sourceKey, string destinationKey, CancellationToken cancellationToken)
    {
        var found = await GetInfoAsync(sourceKey, cancellationToken).ConfigureAwait(false);
        if (!found.IsOk)
        {
            return found.Error;
        }

        var destination = new S3Subject($"copying '{BackupPath.Printable(sourceKey)}' to", BucketOf(destinationKey), destinationKey);
        if (CheckWritable(destination) is { } error)
        {
            return error;
        }

        if (found.Value.Size <= Options.LargestCopy && !_refusesCopies)
        {
            var copied = await CopyWholeAsync(found.Value, destination, cancellationToken).ConfigureAwait(false);
            if (copied.IsOk || copied.Error.Kind != StorageErrorKind.Unsupported)
            {
                return copied;
            }

            _refusesCopies = true;
        }

        return found.Value.Size > 0 && CanCopyParts(sourceKey)
            ? await CopyInPartsAsync(found.Value, destinationKey, cancellationToken).ConfigureAwait(false)
            : await CopyThroughAsync(found.Value, destinationKey, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ceph 16 decodes the name of a part's source twice: it takes another object, or crashes.</summary>
    private bool CanCopyParts(string sourceKey) => Options.Endpoint is null || !ToStored(sourceKey).Contains('%', StringComparison.Ordinal);

    private async ValueTask<StorageResult<ObjectInfo>> CopyWholeAsync(ObjectInfo source, S3Subject destination, CancellationToken cancellationToken)
    {
        var copied = await Requests.SendAsync<Done>(
            destination,
            async (client, call, _) =>
            {
                var request = new CopyObjectRequest
                {
                    SourceBucket = BucketOf(source.Key),
                    SourceKey = ToStored(source.Key),
                    DestinationBucket = destination.Bucket,
                    DestinationKey = ToStored(destination.Key),
                    StorageClass = Options.StorageClass,
                };
                Encrypt(request);
                var response = await client.CopyObjectAsync(request, call.Deadline.Token).ConfigureAwait(false);
                return CheckTag(destination, Tag(response.ETag)) ?? Done.Ok;
            },
            cancellationToken,
            PatienceFor(source.Size)).ConfigureAwait(false);
        if (!copied.IsOk)
        {
            return copied.Error;
        }

        // The answer does not say how large the copy is, and the source may have been replaced meanwhile.
        return await GetInfoAsync(destination.Key, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<StorageResult<ObjectInfo>> CopyInPartsAsync(ObjectInfo source, string destinationKey, CancellationToken cancellationToken)
    {
        var started = await StartUploadAsync(destinationKey, cancellationToken).ConfigureAwait(false);
        if (!started.IsOk)
        {
            return started.Error;
        }

        var upload = started.Value;
        var isDone = false;
        try
        {
            var partSize = Math.Max(Options.LargestCopy, (source.Size + Limits.MaximumParts - 1) / Limits.MaximumParts);
            var parts = checked((int)((source.Size + partSize - 1) / partSize));
            StorageError? first = null;
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
            await Parallel.ForAsync(1, parts + 1, parallel, async (number, token) =>
            {
                if (Volatile.Read(ref first) is null)
                {
                    var offset = (number - 1) * partSize;
                    var result = await upload.CopyPartAsync(
                        number, source.Key, source.Tag, offset, Math.Min(partSize, source.Size - offset), token).ConfigureAwait(false);
                    if (!result.IsOk)
                    {
                        Interlocked.CompareExchange(ref first, result.Error, null);
                    }
                }
            }).ConfigureAwait(false);
            var completed = first ?? await upload.CompleteAsync(parts, cancellationToken).ConfigureAwait(false);
            isDone = completed.IsOk;
            return completed;
        }
        finally
        {
            if (!isDone)
            {
                await GiveUpAsync(upload).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Reads an object and stores it anew, a piece after the other: what works on every server.</summary>
    private async ValueTask<StorageResult<ObjectInfo>> CopyThroughAsync(ObjectInfo source, string destinationKey, CancellationToken cancellationToken)
    {
        var pieceSize = Math.Max(PieceSize, (source.Size + Limits.MaximumParts - 1) / Limits.MaximumParts);
        var buffer = new byte[Math.Min(source.Size, pieceSize)];
        if (source.Size <= buffer.Length)
        {
            return await ReadPieceAsync(source, 0, buffer, cancellationToken).ConfigureAwait(false)
                ?? await PutAsync(destinationKey, new ReadOnlySequence<byte>(buffer), PutCondition.None, cancellationToken).ConfigureAwait(false);
        }

        var started = await StartUploadAsync(destinationKey, cancellationToken).ConfigureAwait(false);
        if (!started.IsOk)
        {
            return started.Error;
        }

        var isDone = false;
        try
        {
            var number = 0;
            for (var offset = 0L; offset < source.Size; offset += pieceSize)
            {
                var piece = buffer.AsMemory(0, (int)Math.Min(pieceSize, source.Size - offset));
                if (await ReadPieceAsync(source, offset, piece, cancellationToken).ConfigureAwait(false) is { } error)
                {
                    return error;
                }

                var isLast = offset + piece.Length == source.Size;
                var stored = await started.Value.UploadPartAsync(++number, new ReadOnlySequence<byte>(piece), isLast, cancellationToken).ConfigureAwait(false);
                if (!stored.IsOk)
                {
                    return stored.Error;
                }
            }

            var completed = await started.Value.CompleteAsync(number, cancellationToken).ConfigureAwait(false);
            isDone = completed.IsOk;
            return completed;
        }
        finally
        {
            if (!isDone)
            {
                await GiveUpAsync(started.Value).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<StorageError?> ReadPieceAsync(ObjectInfo source, long offset, Memory<byte> piece, CancellationToken cancellationToken)
    {
        if (piece.IsEmpty)
        {
            return null;
        }

        var read = await ReadAsync(source.Key, source.Tag, offset, piece, cancellationToken).ConfigureAwait(false);
        return !read.IsOk ? read.Error : read.Value == piece.Length ? null : AnotherVersion(source.Key);
    }
}
