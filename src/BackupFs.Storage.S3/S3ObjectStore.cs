using BackupFs.Storage.Objects;

namespace BackupFs.Storage.S3;

/// <summary>Objects in one bucket, below a root. Thread-safe.</summary>
internal sealed class S3ObjectStore : S3CompatibleStore
{
    private readonly string _bucket;
    private readonly KeyRoot _root;
    private volatile bool _isKnown;

    internal S3ObjectStore(S3Requests requests, string location)
        : base(requests)
    {
        _bucket = requests.Options.Bucket;
        _root = requests.Options.Root;
        Location = location;
    }

    /// <inheritdoc/>
    public override string Scheme => S3Storage.S3Scheme;

    /// <inheritdoc/>
    public override string Location { get; }

    /// <inheritdoc/>
    public override ValueTask<StorageResult<ObjectPage>> ListAsync(ObjectListing listing, CancellationToken cancellationToken) =>
        ListBucketAsync(_bucket, listing, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<StorageResult<IReadOnlyList<UnfinishedUpload>>> ListUploadsAsync(string prefix, CancellationToken cancellationToken) =>
        ListBucketUploadsAsync(_bucket, prefix, cancellationToken);

    /// <inheritdoc/>
    public override async ValueTask<StorageResult<Done>> PrepareAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_isKnown)
        {
            return Done.Ok;
        }

        // A listing, because the answer to HEAD has no body that says what is wrong.
        var listed = await ListBucketAsync(_bucket, new ObjectListing("", Maximum: 1), cancellationToken).ConfigureAwait(false);
        _isKnown = listed.IsOk;
        return listed.IsOk ? Done.Ok : listed.Error;
    }

    /// <inheritdoc/>
    public override ValueTask CloseAsync(CancellationToken cancellationToken)
    {
        _isKnown = false;
        return base.CloseAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override string BucketOf(string key) => _bucket;

    /// <inheritdoc/>
    protected override string ToStored(string key) => _root.Add(key);

    /// <inheritdoc/>
    protected override string? FromStored(string stored) =>
        stored.StartsWith(_root.Add(""), StringComparison.Ordinal) ? _root.Strip(stored) : null;

    /// <inheritdoc/>
    protected override StorageError? CheckWritable(in S3Subject subject) => null;
}
