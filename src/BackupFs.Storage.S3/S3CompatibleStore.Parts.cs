using System.Buffers;
using Amazon.S3;
using Amazon.S3.Model;
using BackupFs.Storage.Objects;

namespace BackupFs.Storage.S3;

internal abstract partial class S3CompatibleStore
{
    /// <summary>Aborts an upload; one that is gone counts as aborted.</summary>
    internal async ValueTask<StorageResult<Done>> AbortAsync(string bucket, string key, string id, CancellationToken cancellationToken)
    {
        var subject = new S3Subject("aborting the upload of", bucket, key);
        return await requests.SendAsync<Done>(
            subject,
            async (client, call, _) =>
            {
                try
                {
                    await client.AbortMultipartUploadAsync(
                        new AbortMultipartUploadRequest { BucketName = bucket, Key = ToStored(key), UploadId = id },
                        call.Deadline.Token).ConfigureAwait(false);
                }
                catch (AmazonS3Exception exception) when (S3Errors.IsNoSuchUpload(exception))
                {
                }

                return Done.Ok;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Uploads a part.</summary>
    internal async ValueTask<StorageResult<S3Part>> UploadPartAsync(
        S3Upload upload, int number, ReadOnlySequence<byte> body, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var subject = new S3Subject($"storing part {number} of", upload.Bucket, upload.Key);
        var checksum = BodyChecksum.Of(body, BodyChecksumKind);
        return await requests.SendAsync<S3Part>(
            subject,
            async (client, call, _) =>
            {
                await using var stream = new SequenceStream(body, call.Deadline);
                var request = new UploadPartRequest
                {
                    BucketName = upload.Bucket,
                    Key = ToStored(upload.Key),
                    UploadId = upload.Id,
                    PartNumber = number,
                    PartSize = body.Length,
                    InputStream = stream,
                    UseChunkEncoding = false,
                    DisablePayloadSigning = !SignsBodies,
                };
                checksum.AddTo(request);
                Encrypt(request);
                var response = await client.UploadPartAsync(request, call.Deadline.Token).ConfigureAwait(false);
                var tag = Tag(response.ETag);
                var opaque = HasOpaqueTags || IsOpaque(response.ServerSideEncryptionMethod);
                var confirmed = new ConfirmedChecksums(response.ChecksumCRC32C, response.ChecksumCRC64NVME, response.ChecksumSHA256);
                return CheckTag(subject, tag) ?? checksum.Compare(subject, opaque ? null : tag, confirmed)
                    ?? (StorageResult<S3Part>)new S3Part(number, body.Length, tag, opaque, confirmed.Of(checksum.Kind));
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a part of a range of an object.</summary>
    internal async ValueTask<StorageResult<S3Part>> CopyPartAsync(
        S3Upload upload, int number, string sourceKey, string tag, long offset, long length, CancellationToken cancellationToken)
    {
        var source = new S3Subject($"copying part {number} of '{BackupPath.Printable(upload.Key)}' from", BucketOf(sourceKey), sourceKey);
        if (!S3BucketName.IsValid(source.Bucket))
        {
            return StorageError.NotFound;
        }

        if (!CanCopyParts(sourceKey))
        {
            return new StorageError(StorageErrorKind.Unsupported, $"{source}: a name with '%' cannot be copied safely by every server");
        }

        var copied = await requests.SendAsync<S3Part>(
            source,
            async (client, call, _) =>
            {
                var request = new CopyPartRequest
                {
                    SourceBucket = source.Bucket,
                    SourceKey = ToStored(sourceKey),
                    DestinationBucket = upload.Bucket,
                    DestinationKey = ToStored(upload.Key),
                    UploadId = upload.Id,
                    PartNumber = number,
                    FirstByte = offset,
                    LastByte = offset + length - 1,
                    ETagToMatch = [Quoted(tag)],
                };
                Encrypt(request);
                try
                {
                    var response = await client.CopyPartAsync(request, call.Deadline.Token).ConfigureAwait(false);
                    var stored = Tag(response.ETag);
                    var opaque = HasOpaqueTags || IsOpaque(response.ServerSideEncryptionMethod);
                    var confirmed = new ConfirmedChecksums(response.ChecksumCRC32C, response.ChecksumCRC64NVME, response.ChecksumSHA256);
                    return CheckTag(source, stored) ?? (StorageResult<S3Part>)new S3Part(number, length, stored, opaque, confirmed.Of(Options.Checksum));
                }
                catch (AmazonS3Exception exception) when (S3Errors.IsConditionFailed(exception))
                {
                    return AnotherVersion(sourceKey);
                }
            },
            cancellationToken,
            PatienceFor(length)).ConfigureAwait(false);
        if (!copied.IsOk)
        {
            return copied;
        }

        // Ceph 16 ignores the condition silently: if the version is still there, it is the one that was copied.
        var now = await GetInfoAsync(sourceKey, cancellationToken).ConfigureAwait(false);
        return now.IsOk && now.Value.Tag == tag ? copied
            : now.IsOk || now.Error.Kind == StorageErrorKind.NotFound ? AnotherVersion(sourceKey)
            : now.Error;
    }

    /// <summary>Makes the object of its parts.</summary>
    /// <param name="upload">The upload.</param>
    /// <param name="parts">All of them, by number from 1 on.</param>
    /// <param name="cancellationToken">For the request; the server may have done it nevertheless.</param>
    internal async ValueTask<StorageResult<ObjectInfo>> CompleteAsync(
        S3Upload upload, IReadOnlyList<S3Part> parts, CancellationToken cancellationToken)
    {
        var subject = new S3Subject("completing", upload.Bucket, upload.Key);
        var size = parts.Sum(part => part.Size);
        var expected = Options.Checksum == S3Checksum.None ? null : S3Part.TagOfAll(parts);
        return await requests.SendAsync<ObjectInfo>(
            subject,
            async (client, call, attempt) =>
            {
                var request = new CompleteMultipartUploadRequest
                {
                    BucketName = upload.Bucket,
                    Key = ToStored(upload.Key),
                    UploadId = upload.Id,
                    PartETags = [.. parts.Select(part => part.ToPartETag(Options.Checksum))],
                };
                Encrypt(request);
                CompleteMultipartUploadResponse response;
                try
                {
                    response = await client.CompleteMultipartUploadAsync(request, call.Deadline.Token).ConfigureAwait(false);
                }
                catch (AmazonS3Exception exception) when (S3Errors.IsNoSuchUpload(exception) && attempt > 0 && expected is not null)
                {
                    // A try before this one may have been done without our seeing its answer.
                    var there = await HeadAsync(client, call, subject).ConfigureAwait(false);
                    return there.IsOk && there.Value.Tag == expected && there.Value.Size == size ? there : S3Errors.ToError(exception, false, subject, Options);
                }

                var tag = Tag(response.ETag);
                var comparable = !IsOpaque(response.ServerSideEncryptionMethod) && S3Part.IsTagOfParts(tag);
                return CheckTag(subject, tag)
                    ?? (expected is not null && comparable && tag != expected ? S3Errors.Mismatch(subject, "the MD5 of its parts") with { IsTransient = false } : null)
                    ?? S3Part.CompareWhole(subject, parts, Options.Checksum, new ConfirmedChecksums(response.ChecksumCRC32C, response.ChecksumCRC64NVME, response.ChecksumSHA256))
                    ?? (StorageResult<ObjectInfo>)new ObjectInfo(upload.Key, size, tag, ServerTime(call));
            },
            cancellationToken,
            PatienceFor(size)).ConfigureAwait(false);
    }
}
