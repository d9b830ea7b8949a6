using System.Collections.Concurrent;
using Amazon.Runtime;
using Amazon.S3.Model;
using BackupFs.Storage.Objects;
using Microsoft.Extensions.Logging;

namespace BackupFs.Storage.S3;

/// <summary>
/// Objects of Ceph as Vitess keeps them: each keyspace, the first segment of a key, has a bucket of its own, in which keys are
/// whole nevertheless. A bucket that does not exist is an empty one. Thread-safe.
/// </summary>
internal sealed class CephObjectStore(S3Requests requests, string location, ILogger logger) : S3CompatibleStore(requests)
{
    private const int Parallelism = 8;

    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);

    private static readonly ObjectStoreLimits LimitsWithBuckets = SharedLimits with { BucketPerDirectory = true };

    /// <inheritdoc/>
    public override ObjectStoreLimits Limits => LimitsWithBuckets;

    /// <inheritdoc/>
    public override string Scheme => S3Storage.CephScheme;

    /// <inheritdoc/>
    public override string Location => location;

    /// <inheritdoc/>
    protected override bool IsMissingBucketEmpty => true;

    /// <inheritdoc/>
    public override async ValueTask<StorageResult<ObjectPage>> ListAsync(ObjectListing listing, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (listing.Prefix.Contains('/', StringComparison.Ordinal))
        {
            return await ListKeyspaceAsync(listing, cancellationToken).ConfigureAwait(false);
        }

        var top = await ListTopAsync(listing.Prefix, cancellationToken).ConfigureAwait(false);
        return !top.IsOk ? top.Error
            : listing.ByDirectory ? PageOf(top.Value, listing)
            : await ListBelowAsync(top.Value, listing, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask<StorageResult<IReadOnlyList<UnfinishedUpload>>> ListUploadsAsync(string prefix, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        IReadOnlyList<string> buckets = [BucketOf(prefix)];
        if (!prefix.Contains('/', StringComparison.Ordinal))
        {
            var owned = await ListBucketsAsync(cancellationToken).ConfigureAwait(false);
            if (!owned.IsOk)
            {
                return owned.Error;
            }

            buckets = owned.Value;
        }

        var all = new List<UnfinishedUpload>();
        foreach (var bucket in buckets.Where(S3BucketName.IsValid))
        {
            var found = await ListBucketUploadsAsync(bucket, prefix, cancellationToken).ConfigureAwait(false);
            if (found.IsOk)
            {
                all.AddRange(found.Value.Where(upload => BucketOf(upload.Key) == bucket));
            }
            else if (found.Error.Kind != StorageErrorKind.NotFound)
            {
                return found.Error;
            }
        }

        return all;
    }

    /// <inheritdoc/>
    public override async ValueTask<StorageResult<Done>> PrepareAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var bucket = BucketOf(key);
        var subject = new S3Subject("creating", bucket, "");
        if (CheckWritable(subject with { Key = key }) is { } error)
        {
            return error;
        }

        if (_known.ContainsKey(bucket))
        {
            return Done.Ok;
        }

        // Looking first: who may not create buckets can still use one that is there.
        var listed = await ListBucketAsync(bucket, new ObjectListing("", Maximum: 1), cancellationToken).ConfigureAwait(false);
        if (!listed.IsOk && listed.Error.Kind == StorageErrorKind.NotFound)
        {
            var created = await CreateAsync(subject, cancellationToken).ConfigureAwait(false);
            if (!created.IsOk)
            {
                return created.Error;
            }
        }
        else if (!listed.IsOk)
        {
            return listed.Error;
        }

        _known[bucket] = true;
        return Done.Ok;
    }

    /// <inheritdoc/>
    public override ValueTask CloseAsync(CancellationToken cancellationToken)
    {
        _known.Clear();
        return base.CloseAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override string BucketOf(string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return S3BucketName.OfKeyspace(slash < 0 ? key : key[..slash]);
    }

    /// <inheritdoc/>
    protected override string ToStored(string key) => key;

    /// <inheritdoc/>
    protected override string? FromStored(string stored) => stored;

    /// <inheritdoc/>
    protected override StorageError? CheckWritable(in S3Subject subject) => S3BucketName.IsValid(subject.Bucket) ? null
        : new StorageError(
            StorageErrorKind.InvalidName,
            $"{subject}: its first directory gives the bucket its name, and no bucket can be called '{BackupPath.Printable(subject.Bucket)}' (3 to 63 of a-z, 0-9, '-' and '.')");

    private static ObjectPage Empty() => new([], [], null);

    private static ObjectPage PageOf(List<ObjectInfo> top, ObjectListing listing)
    {
        var rest = top.Where(entry => listing.Continuation is not { } after || KeyOrder.Instance.Compare(entry.Key, after) > 0).ToList();
        var page = rest.Take(listing.Maximum).ToList();
        return new ObjectPage(
            [.. page.Where(entry => !entry.Key.EndsWith('/'))],
            [.. page.Where(entry => entry.Key.EndsWith('/')).Select(entry => entry.Key)],
            page.Count < rest.Count ? page[^1].Key : null);
    }

    private async ValueTask<StorageResult<ObjectPage>> ListKeyspaceAsync(ObjectListing listing, CancellationToken cancellationToken)
    {
        var bucket = BucketOf(listing.Prefix);
        if (!S3BucketName.IsValid(bucket))
        {
            return Empty();
        }

        var page = await ListBucketAsync(bucket, listing, cancellationToken).ConfigureAwait(false);
        return !page.IsOk && page.Error.Kind == StorageErrorKind.NotFound ? Empty() : page;
    }

    /// <summary>All keys below some keyspaces; the continuation is the keyspace, a zero, and the continuation in its bucket.</summary>
    private async ValueTask<StorageResult<ObjectPage>> ListBelowAsync(List<ObjectInfo> top, ObjectListing listing, CancellationToken cancellationToken)
    {
        var zero = listing.Continuation?.IndexOf('\0', StringComparison.Ordinal) ?? -1;
        var (start, continuation) = zero < 0 ? (null, null) : (listing.Continuation![..zero], NotEmpty(listing.Continuation[(zero + 1)..]));
        var objects = new List<ObjectInfo>();
        foreach (var entry in top.Where(entry => start is null || KeyOrder.Instance.Compare(entry.Key, start) >= 0))
        {
            continuation = entry.Key == start ? continuation : null;
            do
            {
                if (objects.Count == listing.Maximum)
                {
                    return new ObjectPage(objects, [], $"{entry.Key}\0{continuation}");
                }

                if (!entry.Key.EndsWith('/'))
                {
                    objects.Add(entry);
                    continue;
                }

                var page = await ListKeyspaceAsync(
                    new ObjectListing(entry.Key, false, continuation, listing.Maximum - objects.Count), cancellationToken).ConfigureAwait(false);
                if (!page.IsOk)
                {
                    return page.Error;
                }

                objects.AddRange(page.Value.Objects);
                continuation = page.Value.Continuation;
            }
            while (continuation is not null);
        }

        return new ObjectPage(objects, [], null);
    }

    private static string? NotEmpty(string text) => text.Length > 0 ? text : null;

    /// <summary>The keyspaces (with a slash, and without size), and objects that are in none, ordered.</summary>
    private async ValueTask<StorageResult<List<ObjectInfo>>> ListTopAsync(string prefix, CancellationToken cancellationToken)
    {
        var buckets = await ListBucketsAsync(cancellationToken).ConfigureAwait(false);
        if (!buckets.IsOk)
        {
            return buckets.Error;
        }

        var found = new ConcurrentBag<ObjectInfo>();
        StorageError? first = null;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
        var wanted = S3BucketName.OfKeyspace(prefix);
        await Parallel.ForEachAsync(buckets.Value.Where(bucket => bucket.StartsWith(wanted, StringComparison.Ordinal)), parallel, async (bucket, token) =>
        {
            var listing = new ObjectListing(prefix, ByDirectory: true);
            do
            {
                var page = await ListBucketAsync(bucket, listing, token).ConfigureAwait(false);
                if (!page.IsOk)
                {
                    // Somebody may have removed it since.
                    if (page.Error.Kind != StorageErrorKind.NotFound)
                    {
                        Interlocked.CompareExchange(ref first, page.Error, null);
                    }

                    return;
                }

                foreach (var entry in page.Value.Objects.Concat(page.Value.Directories.Select(name => new ObjectInfo(name, 0, "", default))))
                {
                    // Whatever else is in the bucket is not Vitess's.
                    if (BucketOf(entry.Key) == bucket)
                    {
                        found.Add(entry);
                    }
                }

                listing = listing with { Continuation = page.Value.Continuation };
            }
            while (listing.Continuation is not null);
        }).ConfigureAwait(false);
        return first is not null ? first : found.OrderBy(entry => entry.Key, KeyOrder.Instance).ToList();
    }

    private async ValueTask<StorageResult<IReadOnlyList<string>>> ListBucketsAsync(CancellationToken cancellationToken) =>
        await Requests.SendAsync<IReadOnlyList<string>>(
            new S3Subject("listing the buckets", "", ""),
            async (client, call, _) =>
            {
                var response = await client.ListBucketsAsync(new ListBucketsRequest(), call.Deadline.Token).ConfigureAwait(false);
                return new StorageResult<IReadOnlyList<string>>([.. (response.Buckets ?? []).Select(bucket => bucket.BucketName)]);
            },
            cancellationToken).ConfigureAwait(false);

    private async ValueTask<StorageResult<Done>> CreateAsync(S3Subject subject, CancellationToken cancellationToken) =>
        await Requests.SendAsync<Done>(
            subject,
            async (client, call, _) =>
            {
                try
                {
                    await client.PutBucketAsync(
                        new PutBucketRequest { BucketName = subject.Bucket, UseClientRegion = false }, call.Deadline.Token).ConfigureAwait(false);
                    S3Log.BucketCreated(logger, subject.Bucket);
                }
                catch (AmazonServiceException exception) when (S3Errors.IsOwnBucket(exception))
                {
                }

                return Done.Ok;
            },
            cancellationToken).ConfigureAwait(false);
}
