using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using BackupFs.Storage.Objects;
using Microsoft.Extensions.Logging;

namespace BackupFs.Storage.Gcs;

/// <summary>Google Cloud Storage, by its JSON API: the objects of one bucket. Thread-safe.</summary>
/// <remarks>
/// <para>The tag is the generation. What is stored is checked by its CRC-32C, at the server and again here.</para>
/// <para>Unfinished uploads are known to nobody but who has their address, and forgotten after a week; so none are listed.</para>
/// </remarks>
public sealed partial class GcsObjectStore : IObjectStore
{
    /// <summary>What every part of an upload but the last is a multiple of.</summary>
    internal const int PartSizeMultiple = 256 << 10;

    private const int DeletesAtOnce = 8;

    private readonly GcsStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private GcsConnection? _connection;

    /// <summary>A client that connects when it is used.</summary>
    /// <param name="options">Which bucket.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Of the storage.</param>
    public GcsObjectStore(GcsStoreOptions options, TimeProvider time, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_options, _time, _logger) = (options, time, logger);
        Retry = new RequestRetry(options.Limits.Retries, time);
    }

    /// <inheritdoc/>
    public string Scheme => GcsStoreOptions.Scheme;

    /// <inheritdoc/>
    public string Location => $"{GcsStoreOptions.Scheme}://{_options.Bucket}{_options.Root}";

    /// <inheritdoc/>
    /// <remarks>A put may have 5 TiB, too; what is larger than this is better sent in parts, which are not sent again from the start.</remarks>
    public ObjectStoreLimits Limits { get; } = new(
        MaximumPutSize: 256L << 20,
        MinimumPartSize: PartSizeMultiple,
        MaximumPartSize: 5L << 30,
        PartSizeMultiple: PartSizeMultiple,
        MaximumParts: int.MaxValue,
        MaximumObjectSize: 5L << 40,
        PartsInOrder: true,
        PartCopy: false,
        Conditions: true);

    /// <summary>When requests are tried again.</summary>
    internal RequestRetry Retry { get; }

    /// <summary>What stands before every key.</summary>
    internal KeyRoot Root => _options.Root;

    /// <summary>The store of a location, for the composition root; nothing is contacted.</summary>
    /// <exception cref="StorageException">InvalidArgument.</exception>
    public static IObjectStore Create(StorageUrl url, TimeProvider time, ILogger logger) =>
        new GcsObjectStore(GcsStoreOptions.Of(url, Environment.GetEnvironmentVariable), time, logger);

    /// <inheritdoc/>
    public ValueTask<StorageResult<ObjectPage>> ListAsync(ObjectListing listing, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(listing);
        var query = new StringBuilder($"prefix={Uri.EscapeDataString(Root.Add(listing.Prefix))}&maxResults={listing.Maximum}");
        query.Append(listing.ByDirectory ? "&delimiter=%2F" : "");
        query.Append(listing.Continuation is { } token ? $"&pageToken={Uri.EscapeDataString(token)}" : "");
        query.Append($"&fields=prefixes,nextPageToken,items({GcsObject.Fields})");
        return DoAsync<ObjectPage>(
            new Request("listing", listing.Prefix),
            connection => new HttpRequestMessage(HttpMethod.Get, connection.Objects(query.ToString())),
            async (answer, deadline) =>
            {
                using var json = await JsonDocument.ParseAsync(
                    await answer.Content.ReadAsStreamAsync(deadline.Token).ConfigureAwait(false), default, deadline.Token).ConfigureAwait(false);
                return new ObjectPage(
                    [.. Members(json.RootElement, "items").Select(item => GcsObject.Read(item).ToInfo(Root))],
                    [.. Members(json.RootElement, "prefixes").Select(prefix => Root.Strip(prefix.GetString() ?? throw new FormatException()))],
                    GcsObject.Text(json.RootElement, "nextPageToken"));
            },
            cancellationToken);

        static IEnumerable<JsonElement> Members(JsonElement json, string member) =>
            json.TryGetProperty(member, out var array) ? array.EnumerateArray() : [];
    }

    /// <inheritdoc/>
    public async ValueTask<StorageResult<ObjectInfo>> GetInfoAsync(string key, CancellationToken cancellationToken)
    {
        var found = await FindAsync(key, cancellationToken).ConfigureAwait(false);
        return found.IsOk ? found.Value.ToInfo(Root) : found.Error;
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<int>> ReadAsync(
        string key, string? tag, long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        ReadAsync(key, tag, offset, [buffer], cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StorageResult<int>> ReadAsync(
        string key, string? tag, long offset, IReadOnlyList<Memory<byte>> buffers, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var request = new Request("reading", key, StorageErrorKind.Corrupt);
        return ResumedRead.RunAsync(tag, buffers, Retry, ReadOnceAsync, cancellationToken);

        async ValueTask<StorageResult<Done>> ReadOnceAsync(ResumedRead read)
        {
            var from = offset + read.Filled;
            return read.Filled == read.Length && read.Length > 0 ? Done.Ok : await TryAsync<Done>(
                request,
                (connection, _) =>
                {
                    var message = new HttpRequestMessage(
                        HttpMethod.Get, connection.Object(Root.Add(key), read.Tag is { } wanted ? $"?alt=media&{Generation(wanted)}" : "?alt=media"));

                    // Without this, what was stored with Content-Encoding: gzip would come decompressed, and not as it is stored.
                    message.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip"));

                    // Nothing wanted: a byte, to see whether there is such an object.
                    message.Headers.Range = new RangeHeaderValue(from, offset + Math.Max(1, read.Length) - 1);
                    return message;
                },
                (answer, deadline) => ReceiveAsync(answer, deadline, read),
                cancellationToken,
                accepted: HttpStatusCode.RequestedRangeNotSatisfiable).ConfigureAwait(false);
        }

        async ValueTask<StorageResult<Done>> ReceiveAsync(HttpResponseMessage answer, TransferDeadline deadline, ResumedRead read)
        {
            var total = answer.Content.Headers.ContentRange?.Length ?? answer.Content.Headers.ContentLength;
            if (answer.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable || read.Length == 0
                || (answer.StatusCode == HttpStatusCode.OK && total <= offset))
            {
                return Done.Ok; // at or after the end
            }

            if (answer.StatusCode != HttpStatusCode.PartialContent && offset + read.Filled > 0)
            {
                return GcsErrors.Unexpected(request.ToString(), "a range was asked for and is not what came");
            }

            read.Tag ??= answer.Headers.TryGetValues("x-goog-generation", out var generations) ? generations.First() : null;
            deadline.Extend();
            var stream = await answer.Content.ReadAsStreamAsync(deadline.Token).ConfigureAwait(false);
            while (read.Filled < read.Length)
            {
                var count = await stream.ReadAsync(read.Next, deadline.Token).ConfigureAwait(false);
                if (count == 0)
                {
                    return offset + read.Filled == total ? Done.Ok : GcsErrors.Broken(request.ToString());
                }

                read.Add(count);
                deadline.Extend();
            }

            return Done.Ok;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<StorageResult<Done>> DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        StorageError? first = null;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = DeletesAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(keys, parallel, async (key, cancellation) =>
        {
            var deleted = await DeleteAsync(key, "", cancellation).ConfigureAwait(false);
            if (!deleted.IsOk && deleted.Error != StorageError.NotFound)
            {
                Interlocked.CompareExchange(ref first, deleted.Error, null);
            }
        }).ConfigureAwait(false);
        return first is null ? Done.Ok : first;
    }

    /// <inheritdoc/>
    public async ValueTask<StorageResult<ObjectInfo>> CopyAsync(string sourceKey, string destinationKey, CancellationToken cancellationToken)
    {
        if (GcsErrors.CheckName(Root.Add(destinationKey)) is { } invalid)
        {
            return invalid;
        }

        // A large object takes several calls, each of which the service ends within its own limits.
        string? token = null;
        while (true)
        {
            var rest = token is null ? "?" : $"?rewriteToken={Uri.EscapeDataString(token)}&";
            var rewritten = await DoAsync<(GcsObject? Copy, string? Token)>(
                new Request("copying", sourceKey),
                connection => new HttpRequestMessage(
                    HttpMethod.Post,
                    connection.Object(Root.Add(sourceKey), $"{connection.RewriteTo(Root.Add(destinationKey))}{rest}fields=done,rewriteToken,resource({GcsObject.Fields})")),
                async (answer, deadline) =>
                {
                    using var json = await JsonDocument.ParseAsync(
                        await answer.Content.ReadAsStreamAsync(deadline.Token).ConfigureAwait(false), default, deadline.Token).ConfigureAwait(false);
                    return json.RootElement.TryGetProperty("resource", out var resource)
                        ? (GcsObject.Read(resource), null)
                        : (null, GcsObject.Text(json.RootElement, "rewriteToken") ?? throw new FormatException());
                },
                cancellationToken).ConfigureAwait(false);
            if (!rewritten.IsOk)
            {
                return rewritten.Error;
            }

            if (rewritten.Value.Copy is { } copy)
            {
                return copy.ToInfo(Root);
            }

            token = rewritten.Value.Token;
        }
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
        // Who may only use objects may list them, but not ask for the bucket.
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

    /// <summary>Deletes one object.</summary>
    internal ValueTask<StorageResult<Done>> DeleteAsync(string key, string query, CancellationToken cancellationToken) => DoAsync<Done>(
        new Request("deleting", key),
        connection => new HttpRequestMessage(HttpMethod.Delete, connection.Object(Root.Add(key), query)),
        (_, _) => new ValueTask<StorageResult<Done>>(Done.Ok),
        cancellationToken);

    /// <summary>The description of an object.</summary>
    internal ValueTask<StorageResult<GcsObject>> FindAsync(string key, CancellationToken cancellationToken) => DoAsync<GcsObject>(
        new Request("asking for", key),
        connection => new HttpRequestMessage(HttpMethod.Get, connection.Object(Root.Add(key), $"?fields={GcsObject.Fields}")),
        ReadObjectAsync,
        cancellationToken);

    /// <summary>The object in an answer.</summary>
    internal static async ValueTask<StorageResult<GcsObject>> ReadObjectAsync(HttpResponseMessage answer, TransferDeadline deadline)
    {
        using var json = await JsonDocument.ParseAsync(
            await answer.Content.ReadAsStreamAsync(deadline.Token).ConfigureAwait(false), default, deadline.Token).ConfigureAwait(false);
        return GcsObject.Read(json.RootElement);
    }

    /// <summary>The condition that a generation is still there. What cannot be one is never there: 1 is none that Google gives out.</summary>
    internal static string Generation(string tag) =>
        $"ifGenerationMatch={(long.TryParse(tag, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : 1)}";
}
