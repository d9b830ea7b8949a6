using Amazon.S3;
using Amazon.S3.Model;
using BackupFs.Storage.Objects;

namespace BackupFs.Storage.S3;

internal abstract partial class S3CompatibleStore
{
    /// <summary>Keys of a request (Amazon S3 API Reference, "DeleteObjects").</summary>
    private const int DeletionBatch = 1000;

    /// <summary>Requests that a large deletion or copy has under way: Ceph deletes the keys of one request one after another.</summary>
    private const int Parallelism = 4;

    /// <summary>For what a cancelled call still does.</summary>
    private static readonly TimeSpan ShortWait = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public async ValueTask<StorageResult<Done>> DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        cancellationToken.ThrowIfCancellationRequested();
        var batches = keys.GroupBy(BucketOf).Where(group => S3BucketName.IsValid(group.Key))
            .SelectMany(group => group.Chunk(DeletionBatch).Select(chunk => (Bucket: group.Key, Keys: chunk)));
        StorageError? first = null;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(batches, parallel, async (batch, token) =>
        {
            var result = await DeleteBatchAsync(batch.Bucket, batch.Keys, token).ConfigureAwait(false);
            if (!result.IsOk)
            {
                Interlocked.CompareExchange(ref first, result.Error, null);
            }
        }).ConfigureAwait(false);
        return first is null ? Done.Ok : first;
    }

    /// <summary>Aborts an upload also when the caller has cancelled, but not for long: what stays is found by <see cref="ListUploadsAsync"/>.</summary>
    private async ValueTask GiveUpAsync(IObjectUpload upload)
    {
        using var limit = new CancellationTokenSource(ShortWait, Requests.Time);
        try
        {
            await upload.AbortAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async ValueTask<StorageResult<Done>> DeleteBatchAsync(string bucket, string[] keys, CancellationToken cancellationToken)
    {
        var remaining = keys;
        var subject = new S3Subject("deleting in", bucket, "");
        StorageError? final = null;
        var result = await Requests.SendAsync<Done>(
            subject,
            async (client, call, _) =>
            {
                var request = new DeleteObjectsRequest
                {
                    BucketName = bucket,
                    Quiet = true,
                    Objects = [.. remaining.Select(key => new KeyVersion { Key = ToStored(key) })],
                };
                List<DeleteError>? errors;
                try
                {
                    errors = (await client.DeleteObjectsAsync(request, call.Deadline.Token).ConfigureAwait(false)).DeleteErrors;
                }
                catch (DeleteObjectsException exception)
                {
                    errors = exception.Response.DeleteErrors;
                }

                var again = new List<string>();
                StorageError? passing = null;
                foreach (var failed in errors ?? [])
                {
                    var key = FromStored(failed.Key) ?? failed.Key;
                    var error = S3Errors.FromCode(failed.Code, failed.Message, subject with { Verb = "deleting", Key = key }, Options);
                    if (error.IsTransient)
                    {
                        passing ??= error;
                        again.Add(key);
                    }
                    else if (error.Kind != StorageErrorKind.NotFound)
                    {
                        final ??= error;
                    }
                }

                remaining = [.. again];
                return passing is null ? Done.Ok : passing;
            },
            cancellationToken,
            Options.Limits.Timeout + (TimeForDeletion * keys.Length)).ConfigureAwait(false);
        return final is not null ? final
            : IsMissingBucketEmpty && result.Error?.Kind == StorageErrorKind.NotFound ? Done.Ok
            : result;
    }
}
