using System.Buffers;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using BackupFs.Storage.Objects;

namespace BackupFs.Storage.S3;

/// <summary>What the stores that speak S3 have in common; they differ in where a key is. Thread-safe.</summary>
internal abstract partial class S3CompatibleStore(S3Requests requests) : IObjectStore
{
    private S3CustomerKey? _customerKey;

    /// <summary>Ceph 16 compares If-Match of a put with the tag without its quotes, against RFC 9110.</summary>
    private volatile bool _comparesBareTags;

    /// <inheritdoc/>
    public abstract string Scheme { get; }

    /// <inheritdoc/>
    public abstract string Location { get; }

    /// <remarks>Source: Amazon S3 User Guide, "Amazon S3 multipart upload limits".</remarks>
    /// <inheritdoc/>
    public virtual ObjectStoreLimits Limits => SharedLimits;

    /// <summary>What S3 allows.</summary>
    protected static ObjectStoreLimits SharedLimits { get; } = new(
        MaximumPutSize: 5L << 30,
        MinimumPartSize: 5 << 20,
        MaximumPartSize: 5L << 30,
        PartSizeMultiple: 1,
        MaximumParts: 10_000,
        MaximumObjectSize: 5L << 40,
        PartsInOrder: false,
        PartCopy: true,
        Conditions: true);

    /// <summary>The way to the server.</summary>
    protected S3Requests Requests => requests;

    /// <summary>Whether a bucket that does not exist is like an empty one, and not a mistake in the location.</summary>
    protected virtual bool IsMissingBucketEmpty => false;

    private S3Options Options => requests.Options;

    /// <summary>Over TLS the body is protected already: signing it would only cost a second hash.</summary>
    private bool SignsBodies => Options.Server?.Scheme == Uri.UriSchemeHttp;

    /// <summary>
    /// A signed body has its SHA-256 in the signature, which the server checks: an MD5 would find nothing more, and costs more
    /// than all the rest.
    /// </summary>
    private S3Checksum BodyChecksumKind => Options.Checksum == S3Checksum.Auto && SignsBodies ? S3Checksum.None : Options.Checksum;

    /// <summary>Whether entity tags of new objects are no MD5, whatever the answer says.</summary>
    private bool HasOpaqueTags => Options.Encryption is S3Encryption.Kms or S3Encryption.CustomerKey;

    /// <inheritdoc/>
    public abstract ValueTask<StorageResult<ObjectPage>> ListAsync(ObjectListing listing, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask<StorageResult<IReadOnlyList<UnfinishedUpload>>> ListUploadsAsync(string prefix, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask<StorageResult<Done>> PrepareAsync(string key, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<StorageResult<ObjectInfo>> GetInfoAsync(string key, CancellationToken cancellationToken)
    {
        var subject = new S3Subject("looking at", BucketOf(key), key);
        if (!S3BucketName.IsValid(subject.Bucket))
        {
            return StorageError.NotFound;
        }

        return await requests.SendAsync<ObjectInfo>(
            subject,
            async (client, call, _) => await HeadAsync(client, call, subject).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<StorageResult<ObjectInfo>> PutAsync(
        string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var subject = new S3Subject("storing", BucketOf(key), key);
        if (CheckWritable(subject) is { } error)
        {
            return error;
        }

        if (body.Length > Limits.MaximumPutSize)
        {
            return new StorageError(StorageErrorKind.FileTooLarge, $"{subject}: one request stores 5 GiB at most");
        }

        var checksum = BodyChecksum.Of(body, BodyChecksumKind);
        return await requests.SendAsync<ObjectInfo>(
            subject,
            async (client, call, attempt) =>
            {
                await using var stream = new SequenceStream(body, call.Deadline);
                var request = new PutObjectRequest
                {
                    BucketName = subject.Bucket,
                    Key = ToStored(key),
                    InputStream = stream,
                    AutoCloseStream = false,
                    UseChunkEncoding = false,
                    DisablePayloadSigning = !SignsBodies,
                    ContentType = "application/octet-stream",
                    StorageClass = Options.StorageClass,
                    IfNoneMatch = condition.IfAbsent ? "*" : null,
                    IfMatch = condition.IfTag is { } wanted ? (_comparesBareTags ? wanted : Quoted(wanted)) : null,
                };
                checksum.AddTo(request);
                Encrypt(request);
                PutObjectResponse response;
                try
                {
                    response = await client.PutObjectAsync(request, call.Deadline.Token).ConfigureAwait(false);
                }
                catch (AmazonServiceException exception) when (condition != PutCondition.None
                    && (S3Errors.IsConditionFailed(exception) || S3Errors.IsNoSuchKey(exception)))
                {
                    return await ExplainRefusalAsync(client, call, subject, body, condition, attempt).ConfigureAwait(false);
                }

                if (!IsConfirmed(response.ServerSideEncryptionMethod))
                {
                    // What was to be secret must not stay there as it is.
                    await client.DeleteObjectAsync(subject.Bucket, ToStored(key), call.Deadline.Token).ConfigureAwait(false);
                    return NotEncrypted(subject);
                }

                var tag = Tag(response.ETag);
                var opaque = HasOpaqueTags || IsOpaque(response.ServerSideEncryptionMethod);
                var confirmed = new ConfirmedChecksums(response.ChecksumCRC32C, response.ChecksumCRC64NVME, response.ChecksumSHA256);
                return CheckTag(subject, tag) ?? checksum.Compare(subject, opaque ? null : tag, confirmed)
                    ?? (StorageResult<ObjectInfo>)new ObjectInfo(key, body.Length, tag, ServerTime(call));
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<StorageResult<IObjectUpload>> StartUploadAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var subject = new S3Subject("starting the upload of", BucketOf(key), key);
        if (CheckWritable(subject) is { } error)
        {
            return error;
        }

        return await requests.SendAsync<IObjectUpload>(
            subject,
            async (client, call, _) =>
            {
                var request = new InitiateMultipartUploadRequest
                {
                    BucketName = subject.Bucket,
                    Key = ToStored(key),
                    ContentType = "application/octet-stream",
                    StorageClass = Options.StorageClass,
                };
                Encrypt(request);
                S3Upload.SetChecksum(request, Options.Checksum);
                var response = await client.InitiateMultipartUploadAsync(request, call.Deadline.Token).ConfigureAwait(false);
                if (!IsConfirmed(response.ServerSideEncryptionMethod))
                {
                    await client.AbortMultipartUploadAsync(subject.Bucket, ToStored(key), response.UploadId, call.Deadline.Token).ConfigureAwait(false);
                    return NotEncrypted(subject);
                }

                return string.IsNullOrEmpty(response.UploadId)
                    ? new StorageError(StorageErrorKind.Io, $"{subject}: the server gave the upload no name")
                    : new StorageResult<IObjectUpload>(new S3Upload(this, subject.Bucket, key, response.UploadId));
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> AbortUploadAsync(UnfinishedUpload upload, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(upload);
        return AbortAsync(BucketOf(upload.Key), upload.Key, upload.Id, cancellationToken);
    }

    /// <inheritdoc/>
    public virtual ValueTask CloseAsync(CancellationToken cancellationToken)
    {
        requests.Close();
        Volatile.Write(ref _customerKey, null);
        return ValueTask.CompletedTask;
    }

    /// <summary>What to make of a condition that was not met: it may be met after all.</summary>
    private async Task<StorageResult<ObjectInfo>> ExplainRefusalAsync(
        IAmazonS3 client, S3Call call, S3Subject subject, ReadOnlySequence<byte> body, PutCondition condition, int attempt)
    {
        var refused = new StorageError(StorageErrorKind.AlreadyExists, $"{subject}: another object is there than was expected");
        if (attempt == 0 && condition.IfTag is null)
        {
            return refused;
        }

        var there = await HeadAsync(client, call, subject).ConfigureAwait(false);
        if (!there.IsOk)
        {
            return there.Error.Kind == StorageErrorKind.NotFound ? refused : there.Error;
        }

        if (condition.IfTag == there.Value.Tag && !_comparesBareTags)
        {
            _comparesBareTags = true;
            return new StorageError(StorageErrorKind.Busy, $"{subject}: the server does not understand the condition", IsTransient: true);
        }

        // A try before this one may have been done without our seeing its answer: then what is there is ours.
        return attempt > 0 && IsSame(there.Value, body) ? there : refused;
    }

    /// <summary>The bucket of a key; maybe no valid name.</summary>
    protected abstract string BucketOf(string key);

    /// <summary>The key in its bucket.</summary>
    protected abstract string ToStored(string key);

    /// <summary>The other way round; null for a key that is not below the root.</summary>
    protected abstract string? FromStored(string stored);

    /// <summary>Null if there can be such a bucket.</summary>
    protected abstract StorageError? CheckWritable(in S3Subject subject);
}
