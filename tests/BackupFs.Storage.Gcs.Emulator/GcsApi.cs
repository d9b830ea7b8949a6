using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace BackupFs.Storage.Gcs.Emulator;

/// <summary>
/// The JSON API of Cloud Storage, as far as a store of backups needs it, written from Google's public description of it: it shows
/// what that says, and is no proof of what Google's servers do. In memory. Thread-safe.
/// </summary>
internal sealed partial class GcsApi
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, EmulatedBucket> _buckets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, UploadSession> _sessions = new(StringComparer.Ordinal);
    private long _generation = 1_700_000_000_000_000;

    internal void CreateBucket(string name)
    {
        lock (_gate)
        {
            _buckets.TryAdd(name, new EmulatedBucket());
        }
    }

    internal int UnfinishedUploads
    {
        get
        {
            lock (_gate)
            {
                return _sessions.Values.Count(session => session.Made is null);
            }
        }
    }

    internal ApiAnswer Handle(ApiRequest request)
    {
        try
        {
            lock (_gate)
            {
                return Dispatch(request);
            }
        }
        catch (ApiError error)
        {
            return ApiAnswer.Of(error);
        }
    }

    private ApiAnswer Dispatch(ApiRequest request) => (request.Method, request.Path) switch
    {
        ("POST", ["storage", "v1", "b"]) => NewBucket(request),
        ("GET", ["storage", "v1", "b", var bucket, "o"]) => List(Bucket(bucket), request),
        ("GET", ["storage" or "download", .., "b", var bucket, "o", var name]) => Get(bucket, name, request),
        ("DELETE", ["storage", "v1", "b", var bucket, "o", var name]) => Delete(bucket, name, request),
        ("POST", ["storage", "v1", "b", var from, "o", var source, "rewriteTo", "b", var to, "o", var name]) => Rewrite(from, source, to, name, request),
        ("POST", ["upload", "storage", "v1", "b", var bucket, "o"]) => Upload(bucket, request),
        ("PUT", ["upload", "storage", "v1", "b", var bucket, "o"]) => Resume(bucket, request),
        ("DELETE", ["upload", "storage", "v1", "b", _, "o"]) => Cancel(request),
        _ => throw new ApiError(404, "notFound", "Not Found"),
    };

    private EmulatedBucket Bucket(string name) =>
        _buckets.GetValueOrDefault(name) ?? throw new ApiError(404, "notFound", "The specified bucket does not exist.");

    private ApiAnswer NewBucket(ApiRequest request)
    {
        var name = (string?)JsonNode.Parse(request.Body.Span)?["name"] ?? throw new ApiError(400, "required", "Required");
        return _buckets.TryAdd(name, new EmulatedBucket())
            ? ApiAnswer.Json(200, new JsonObject { ["kind"] = "storage#bucket", ["name"] = name })
            : throw new ApiError(409, "conflict", "Your previous request to create the named bucket succeeded and you already own it.");
    }

    private static ApiAnswer List(EmulatedBucket bucket, ApiRequest request)
    {
        var prefix = request.Parameter("prefix") ?? "";
        var delimiter = request.Parameter("delimiter") ?? "";
        var maximum = Math.Min(1000, request.Number("maxResults") ?? 1000);
        var after = request.Parameter("pageToken") is { } token ? Encoding.UTF8.GetString(Convert.FromBase64String(token)) : null;
        var (items, prefixes, last) = (new JsonArray(), new JsonArray(), (string?)null);
        string? next = null;
        foreach (var found in bucket.Objects.Values.Where(found => found.Name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            var end = delimiter.Length > 0 ? found.Name.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal) : -1;
            var shown = end < 0 ? found.Name : found.Name[..(end + delimiter.Length)];

            // A token names the last entry shown; all of a prefix that was shown is skipped.
            if ((after is not null && (bucket.Objects.Comparer.Compare(shown, after) <= 0)) || shown == last)
            {
                continue;
            }

            if (items.Count + prefixes.Count == maximum)
            {
                next = Convert.ToBase64String(Encoding.UTF8.GetBytes(last!));
                break;
            }

            last = shown;
            if (end < 0)
            {
                items.Add(Describe(found));
            }
            else
            {
                prefixes.Add(shown);
            }
        }

        var page = new JsonObject { ["kind"] = "storage#objects" };
        foreach (var (name, array) in new[] { ("items", items), ("prefixes", prefixes) })
        {
            if (array.Count > 0)
            {
                page[name] = array;
            }
        }

        if (next is not null)
        {
            page["nextPageToken"] = next;
        }

        return ApiAnswer.Json(200, page);
    }

    private ApiAnswer Get(string bucketName, string name, ApiRequest request)
    {
        var bucket = Bucket(bucketName);
        var found = bucket.Find(bucketName, name);
        if (request.Number("generation") is { } generation && generation != found.Generation)
        {
            throw new ApiError(404, "notFound", $"No such object: {bucketName}/{name}");
        }

        bucket.Require(name, request.Number("ifGenerationMatch"));
        if (request.Parameter("alt") != "media")
        {
            return ApiAnswer.Json(200, Describe(found));
        }

        (string, string)[] headers =
        [
            ("Content-Type", "application/octet-stream"),
            ("x-goog-generation", $"{found.Generation}"),
            ("x-goog-hash", $"crc32c={found.Crc32C}"),
            ("x-goog-hash", $"md5={found.Md5}"),
        ];
        if (request.Header("Range") is not { } range || RangePattern().Match(range) is not { Success: true } match)
        {
            return new ApiAnswer(200, found.Content, headers);
        }

        var from = long.Parse(match.Groups[1].ValueSpan);
        var to = match.Groups[2].Length > 0 ? long.Parse(match.Groups[2].ValueSpan) : long.MaxValue;
        if (from >= found.Content.Length || to < from)
        {
            throw new ApiError(416, "requestedRangeNotSatisfiable", "Request range not satisfiable");
        }

        var last = (int)Math.Min(to, found.Content.Length - 1);
        return new ApiAnswer(
            206, found.Content.AsMemory((int)from, last - (int)from + 1), [.. headers, ("Content-Range", $"bytes {from}-{last}/{found.Content.Length}")]);
    }

    private ApiAnswer Delete(string bucketName, string name, ApiRequest request)
    {
        var bucket = Bucket(bucketName);
        bucket.Find(bucketName, name);
        bucket.Require(name, request.Number("ifGenerationMatch"));
        bucket.Objects.Remove(name);
        return new ApiAnswer(204, default);
    }

    private ApiAnswer Rewrite(string fromBucket, string source, string toBucket, string name, ApiRequest request)
    {
        var found = Bucket(fromBucket).Find(fromBucket, source);
        Bucket(fromBucket).Require(source, request.Number("ifSourceGenerationMatch"));
        Bucket(toBucket).Require(name, request.Number("ifGenerationMatch"));

        // As large objects take several calls at Google: the first one here only begins when the object is larger than this.
        const int AtOnce = 1 << 20;
        if (found.Content.Length > AtOnce && request.Parameter("rewriteToken") is null)
        {
            return ApiAnswer.Json(200, new JsonObject
            {
                ["kind"] = "storage#rewriteResponse",
                ["totalBytesRewritten"] = $"{AtOnce}",
                ["objectSize"] = $"{found.Content.Length}",
                ["done"] = false,
                ["rewriteToken"] = $"token of {source}+/=",
            });
        }

        if (request.Parameter("rewriteToken") is { } token && token != $"token of {source}+/=")
        {
            throw new ApiError(400, "invalid", "Invalid rewrite token");
        }

        var copy = Store(toBucket, name, found.Content);
        return ApiAnswer.Json(200, new JsonObject
        {
            ["kind"] = "storage#rewriteResponse",
            ["totalBytesRewritten"] = $"{found.Content.Length}",
            ["objectSize"] = $"{found.Content.Length}",
            ["done"] = true,
            ["resource"] = Describe(copy),
        });
    }

    private EmulatedObject Store(string bucket, string name, byte[] content)
    {
        if (name.Length == 0 || Encoding.UTF8.GetByteCount(name) > 1024)
        {
            throw new ApiError(400, "invalid", "The maximum object length is 1024 characters, but got a name with more.");
        }

        var stored = new EmulatedObject(name, content, ++_generation, DateTimeOffset.UtcNow);
        Bucket(bucket).Objects[name] = stored;
        return stored;
    }

    private static JsonObject Describe(EmulatedObject stored) => new()
    {
        ["kind"] = "storage#object",
        ["name"] = stored.Name,
        ["size"] = $"{stored.Content.Length}",
        ["generation"] = $"{stored.Generation}",
        ["metageneration"] = "1",
        ["crc32c"] = stored.Crc32C,
        ["md5Hash"] = stored.Md5,
        ["timeCreated"] = stored.Created.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", System.Globalization.CultureInfo.InvariantCulture),
    };

    [GeneratedRegex("^bytes=([0-9]+)-([0-9]*)$")]
    private static partial Regex RangePattern();
}
