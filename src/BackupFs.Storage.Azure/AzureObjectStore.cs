using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using Azure;
using Azure.Storage;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using BackupFs.Storage.Objects;
using Microsoft.Extensions.Logging;

namespace BackupFs.Storage.Azure;

/// <summary>Azure Blob Storage: block blobs of one container. Thread-safe.</summary>
/// <remarks>
/// <para>The tag is the ETag without its quotes. Bodies are sent with their MD5, which the service checks.</para>
/// <para>Staged blocks cannot be taken back: what an aborted upload leaves, Azure removes a week after its last block, or when the
/// blob is written. So there are no unfinished uploads to list. Removing them earlier would need an empty blob under the
/// key for a moment, which readers of a backup could see.</para>
/// <para>Azure has one list of staged blocks a blob, not one an upload: of two uploads to one key at the same time, the one
/// completed last fails with Busy. They never mix: each names its blocks for itself.</para>
/// </remarks>
public sealed partial class AzureObjectStore : IObjectStore
{
    private readonly AzureStoreOptions _options;
    private readonly Func<string, string?> _environment;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly RequestRetry _retry;
    private readonly Lock _gate = new();
    private AzureConnection? _connection;

    /// <summary>A client that connects when it is used.</summary>
    /// <param name="options">Which container.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Of the storage.</param>
    /// <param name="environment">Environment variables, by name; null for the process's own.</param>
    public AzureObjectStore(AzureStoreOptions options, TimeProvider time, ILogger logger, Func<string, string?>? environment = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_options, _time, _logger) = (options, time, logger);
        _environment = environment ?? Environment.GetEnvironmentVariable;
        _retry = new RequestRetry(options.Limits.Retries, time);
    }

    /// <inheritdoc/>
    public string Scheme => AzureStoreOptions.Scheme;

    /// <inheritdoc/>
    public string Location => $"{AzureStoreOptions.Scheme}://{_options.Container}{_options.Root}";

    /// <inheritdoc/>
    /// <remarks>The service takes puts up to 5000 MiB, too; what is larger than this is better repeated in parts.</remarks>
    public ObjectStoreLimits Limits { get; } = new(
        MaximumPutSize: 256L << 20,
        MinimumPartSize: 1,
        MaximumPartSize: 4000L << 20,
        PartSizeMultiple: 1,
        MaximumParts: 50_000,
        MaximumObjectSize: 50_000L * (4000L << 20),
        PartsInOrder: false,
        PartCopy: true,
        Conditions: true);

    /// <summary>The store of a location, for the composition root; nothing is contacted.</summary>
    /// <exception cref="StorageException">InvalidArgument.</exception>
    public static IObjectStore Create(StorageUrl url, TimeProvider time, ILogger logger) =>
        new AzureObjectStore(AzureStoreOptions.Of(url), time, logger);

    /// <inheritdoc/>
    public ValueTask<StorageResult<ObjectPage>> ListAsync(ObjectListing listing, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(listing);
        return DoAsync<ObjectPage>(
            new Request("listing", listing.Prefix),
            async (connection, deadline) =>
            {
                var prefix = _options.Root.Add(listing.Prefix);
                var pages = listing.ByDirectory
                    ? connection.Container.GetBlobsByHierarchyAsync(new GetBlobsByHierarchyOptions { Delimiter = "/", Prefix = prefix }, deadline.Token)
                        .AsPages(listing.Continuation, listing.Maximum)
                    : Flat(connection.Container.GetBlobsAsync(new GetBlobsOptions { Prefix = prefix }, deadline.Token)
                        .AsPages(listing.Continuation, listing.Maximum), deadline.Token);
                await foreach (var page in pages.WithCancellation(deadline.Token).ConfigureAwait(false))
                {
                    return new ObjectPage(
                        [.. page.Values.Where(item => item.IsBlob).Select(item => Info(item.Blob))],
                        [.. page.Values.Where(item => item.IsPrefix).Select(item => _options.Root.Strip(item.Prefix))],
                        string.IsNullOrEmpty(page.ContinuationToken) ? null : page.ContinuationToken);
                }

                return new ObjectPage([], [], null);
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<ObjectInfo>> GetInfoAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return CannotExist(key) ? new(StorageError.NotFound) : DoAsync<ObjectInfo>(
            new Request("asking for", key),
            async (connection, deadline) =>
            {
                BlobProperties properties = await Blob(connection, key).GetPropertiesAsync(null, deadline.Token).ConfigureAwait(false);
                return new ObjectInfo(key, properties.ContentLength, Tag(properties.ETag), Timestamp.From(properties.LastModified));
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<int>> ReadAsync(
        string key, string? tag, long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        ReadAsync(key, tag, offset, [buffer], cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<StorageResult<int>> ReadAsync(
        string key, string? tag, long offset, IReadOnlyList<Memory<byte>> buffers, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (CannotExist(key))
        {
            return StorageError.NotFound;
        }

        var request = new Request("reading", key, StorageErrorKind.Corrupt);
        var result = await ResumedRead.RunAsync(
            tag,
            buffers,
            _retry,
            read => TryAsync(request, (connection, deadline) => ReadOnceAsync(connection, deadline, read), cancellationToken),
            cancellationToken).ConfigureAwait(false);
        return result.Error is { Kind: StorageErrorKind.Corrupt } another
            ? await AnotherOrNoneAsync(key, another, cancellationToken).ConfigureAwait(false)
            : result;

        async ValueTask<StorageResult<Done>> ReadOnceAsync(AzureConnection connection, TransferDeadline deadline, ResumedRead read)
        {
            if (read.Filled == read.Length)
            {
                return Done.Ok;
            }

            var options = new BlobDownloadOptions
            {
                Range = new HttpRange(offset + read.Filled, read.Length - read.Filled),
                Conditions = read.Tag is { } wanted ? new BlobRequestConditions { IfMatch = Condition(wanted) } : null,
            };
            using var blob = await OpenAsync().ConfigureAwait(false);
            if (blob is null)
            {
                return Done.Ok;
            }

            read.Tag ??= Tag(blob.Details.ETag);
            deadline.Extend();
            while (read.Filled < read.Length)
            {
                var count = await blob.Content.ReadAsync(read.Next, deadline.Token).ConfigureAwait(false);
                if (count == 0)
                {
                    return offset + read.Filled == Total(blob.Details.ContentRange) ? Done.Ok : AzureErrors.Broken(request.ToString());
                }

                read.Add(count);
                deadline.Extend();
            }

            return Done.Ok;

            // Null: the range begins at or after the end.
            async ValueTask<BlobDownloadStreamingResult?> OpenAsync()
            {
                try
                {
                    return (await Blob(connection, key).DownloadStreamingAsync(options, deadline.Token).ConfigureAwait(false)).Value;
                }
                catch (RequestFailedException failed) when (failed.Status == 416)
                {
                    return null;
                }
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<StorageResult<ObjectInfo>> PutAsync(
        string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (AzureErrors.CheckName(_options.Root.Add(key)) is { } invalid)
        {
            return invalid;
        }

        var conditions = condition.IfAbsent ? new BlobRequestConditions { IfNoneMatch = ETag.All }
            : condition.IfTag is { } tag ? new BlobRequestConditions { IfMatch = Condition(tag) }
            : null;
        var request = new Request("storing", key);
        return await _retry.RunAsync(
            async tried =>
            {
                var stored = await TryAsync(request, StoreAsync, cancellationToken).ConfigureAwait(false);

                // The answer to an earlier try may have been lost, and this one found what that one stored.
                return tried > 0 && stored.Error?.Kind == StorageErrorKind.AlreadyExists
                    && await TryAsync(request, FindAsync, cancellationToken).ConfigureAwait(false) is { IsOk: true, Value: { } found } ? found : stored;
            },
            cancellationToken).ConfigureAwait(false);

        async ValueTask<StorageResult<ObjectInfo>> StoreAsync(AzureConnection connection, TransferDeadline deadline)
        {
            await using var stream = new SequenceStream(body, deadline);
            var options = new BlobUploadOptions
            {
                Conditions = conditions,

                // Computed by the library, which takes no checksum for a body that it might cut into pieces.
                TransferValidation = new UploadTransferValidationOptions { ChecksumAlgorithm = StorageChecksumAlgorithm.MD5 },
                TransferOptions = new StorageTransferOptions { InitialTransferSize = body.Length + 1, MaximumTransferSize = body.Length + 1 },
            };
            BlobContentInfo stored = await Blob(connection, key).UploadAsync(stream, options, deadline.Token).ConfigureAwait(false);
            return new ObjectInfo(key, body.Length, Tag(stored.ETag), Timestamp.From(stored.LastModified));
        }

        async ValueTask<StorageResult<ObjectInfo?>> FindAsync(AzureConnection connection, TransferDeadline deadline)
        {
            BlobProperties found = await Blob(connection, key).GetPropertiesAsync(null, deadline.Token).ConfigureAwait(false);
            return found.ContentLength == body.Length && found.ContentHash is { } hash && hash.AsSpan().SequenceEqual(Md5(body))
                ? new ObjectInfo(key, body.Length, Tag(found.ETag), Timestamp.From(found.LastModified))
                : null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<StorageResult<Done>> DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        StorageError? first = null;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(keys.Where(key => !CannotExist(key)), parallel, async (key, cancellation) =>
        {
            var deleted = await DoAsync<Done>(
                new Request("deleting", key),
                async (connection, deadline) =>
                {
                    await Blob(connection, key).DeleteAsync(DeleteSnapshotsOption.IncludeSnapshots, null, deadline.Token).ConfigureAwait(false);
                    return Done.Ok;
                },
                cancellation).ConfigureAwait(false);
            if (!deleted.IsOk && deleted.Error != StorageError.NotFound)
            {
                Interlocked.CompareExchange(ref first, deleted.Error, null);
            }
        }).ConfigureAwait(false);
        return first is null ? Done.Ok : first;
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<IObjectUpload>> StartUploadAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // Azure knows no start: the first block is one.
        return new(AzureErrors.CheckName(_options.Root.Add(key)) is { } invalid
            ? invalid
            : new StorageResult<IObjectUpload>(new AzureUpload(this, key)));
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<IReadOnlyList<UnfinishedUpload>>> ListUploadsAsync(string prefix, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(new StorageResult<IReadOnlyList<UnfinishedUpload>>([]));
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> AbortUploadAsync(UnfinishedUpload upload, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(Done.Ok);
    }

    /// <inheritdoc/>
    public async ValueTask<StorageResult<Done>> PrepareAsync(string key, CancellationToken cancellationToken)
    {
        // Signatures for one container may list it, but not ask for its properties.
        var listed = await ListAsync(new ObjectListing(key, Maximum: 1), cancellationToken).ConfigureAwait(false);
        return listed.IsOk ? Done.Ok : listed.Error;
    }

    /// <inheritdoc/>
    public ValueTask CloseAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _connection?.Dispose();
            _connection = null;
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Runs a request with retries.</summary>
    internal ValueTask<StorageResult<T>> DoAsync<T>(
        Request request, Func<AzureConnection, TransferDeadline, ValueTask<StorageResult<T>>> run, CancellationToken cancellationToken) =>
        _retry.RunAsync(_ => TryAsync(request, run, cancellationToken), cancellationToken);

    /// <summary>The blob of a key.</summary>
    internal BlockBlobClient Blob(AzureConnection connection, string key) =>
        connection.Container.GetBlockBlobClient(_options.Root.Add(key));

    /// <summary>
    /// Whether there cannot be such an object. It is not asked for: Azure would answer for another name.
    /// </summary>
    internal bool CannotExist(string key) => AzureErrors.CheckName(_options.Root.Add(key)) is not null;

    /// <summary>What an unmet condition on a source means, which Azure tells alike if there is another version and if there is none.</summary>
    internal async ValueTask<StorageError> AnotherOrNoneAsync(string key, StorageError another, CancellationToken cancellationToken) =>
        await GetInfoAsync(key, cancellationToken).ConfigureAwait(false) is { Error.Kind: StorageErrorKind.NotFound } none ? none.Error : another;

    /// <summary>An ETag as we show it.</summary>
    internal static string Tag(ETag tag) => tag.ToString().Trim('"');

    /// <summary>A tag as conditions have it.</summary>
    internal static ETag Condition(string tag) => new($"\"{tag}\"");

    /// <summary>Makes the service check a body.</summary>
    internal static UploadTransferValidationOptions Validation(byte[] md5) =>
        new() { ChecksumAlgorithm = StorageChecksumAlgorithm.MD5, PrecalculatedChecksum = md5 };

    /// <summary>The checksum that Azure checks.</summary>
    internal static byte[] Md5(ReadOnlySequence<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        foreach (var segment in body)
        {
            hash.AppendData(segment.Span);
        }

        return hash.GetHashAndReset();
    }

    private async ValueTask<StorageResult<T>> TryAsync<T>(
        Request request, Func<AzureConnection, TransferDeadline, ValueTask<StorageResult<T>>> run, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var deadline = _options.Limits.Start(request.Copied, _time, cancellationToken);
        try
        {
            return await run(Connect(), deadline).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var error = AzureErrors.Map(exception, deadline.IsExpired, request.ToString(), request.Unmet);
            if (error.IsTransient)
            {
                AzureStoreLog.Failed(_logger, error.Message);
            }

            return error;
        }
    }

    private AzureConnection Connect()
    {
        lock (_gate)
        {
            return _connection ??= AzureConnection.Open(_options, _environment, _time);
        }
    }

    private ObjectInfo Info(BlobItem item) => new(
        _options.Root.Strip(item.Name),
        item.Properties.ContentLength ?? 0,
        item.Properties.ETag is { } tag ? Tag(tag) : "",
        Timestamp.From(item.Properties.LastModified ?? DateTimeOffset.UnixEpoch));

    /// <summary>The size of the whole blob in <c>bytes 0-9/100</c>; -1 if it is not there.</summary>
    private static long Total(string? range) =>
        range is not null && long.TryParse(range.AsSpan(range.LastIndexOf('/') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var total)
            ? total
            : -1;

    private static async IAsyncEnumerable<Page<BlobHierarchyItem>> Flat(
        IAsyncEnumerable<Page<BlobItem>> pages, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var page in pages.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            yield return Page<BlobHierarchyItem>.FromValues(
                [.. page.Values.Select(item => BlobsModelFactory.BlobHierarchyItem(null, item))], page.ContinuationToken, page.GetRawResponse());
        }
    }

    /// <summary>What a request is, for its deadline and for messages.</summary>
    /// <param name="Verb">For example <c>reading</c>.</param>
    /// <param name="Key">The key or prefix.</param>
    /// <param name="Unmet">What an unmet condition means.</param>
    /// <param name="Copied">Bytes that it copies inside the server.</param>
    internal readonly record struct Request(
        string Verb, string Key, StorageErrorKind Unmet = StorageErrorKind.AlreadyExists, long Copied = 0)
    {
        /// <inheritdoc/>
        public override string ToString() => $"{Verb} '{BackupPath.Printable(Key)}'";
    }
}
