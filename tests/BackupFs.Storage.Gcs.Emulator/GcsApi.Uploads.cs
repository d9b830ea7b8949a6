using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace BackupFs.Storage.Gcs.Emulator;

internal sealed partial class GcsApi
{
    private const int Granularity = 256 << 10;

    private ApiAnswer Upload(string bucket, ApiRequest request)
    {
        Bucket(bucket);
        return request.Parameter("uploadType") switch
        {
            "media" => Made(
                bucket, request.Parameter("name") ?? throw new ApiError(400, "required", "Required"), request.Body.ToArray(),
                request.Number("ifGenerationMatch"), Hash(request)),
            "multipart" => Multipart(bucket, request),
            "resumable" => Start(bucket, request),
            _ => throw new ApiError(400, "invalidParameter", "Invalid value for uploadType"),
        };
    }

    private ApiAnswer Multipart(string bucket, ApiRequest request)
    {
        var match = BoundaryPattern().Match(request.Header("Content-Type") ?? "");
        if (!match.Success)
        {
            throw new ApiError(400, "badContent", "Multipart body has no boundary");
        }

        var (description, content) = MultipartBody.Split(request.Body, match.Groups[1].Value);
        var json = JsonNode.Parse(description.Span);
        return Made(
            bucket, (string?)json?["name"] ?? request.Parameter("name") ?? throw new ApiError(400, "required", "Required"), content.ToArray(),
            request.Number("ifGenerationMatch"), (string?)json?["crc32c"]);
    }

    private ApiAnswer Start(string bucket, ApiRequest request)
    {
        var json = request.Body.Length > 0 ? JsonNode.Parse(request.Body.Span) : null;
        var name = request.Parameter("name") ?? (string?)json?["name"] ?? throw new ApiError(400, "required", "Required");
        Bucket(bucket).Require(name, request.Number("ifGenerationMatch"));
        var id = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        _sessions.Add(id, new UploadSession(bucket, name, request.Number("ifGenerationMatch"), (string?)json?["crc32c"]));
        return new ApiAnswer(
            200, default, ("Location", $"{request.Address}/upload/storage/v1/b/{Uri.EscapeDataString(bucket)}/o?uploadType=resumable&upload_id={id}"));
    }

    private ApiAnswer Resume(string bucket, ApiRequest request)
    {
        var session = request.Parameter("upload_id") is { } id && _sessions.TryGetValue(id, out var found) && found.Bucket == bucket
            ? found
            : throw new ApiError(404, "notFound", "Not Found");
        if (ContentRangePattern().Match(request.Header("Content-Range") ?? "") is not { Success: true } match)
        {
            throw new ApiError(400, "badRequest", "Failed to parse Content-Range header.");
        }

        long? total = match.Groups["total"].Value is "*" ? null : long.Parse(match.Groups["total"].ValueSpan);
        if (session.Made is not null)
        {
            return ApiAnswer.Json(200, Describe(session.Made));
        }

        if (match.Groups["from"].Success)
        {
            Append(session, request, long.Parse(match.Groups["from"].ValueSpan), long.Parse(match.Groups["to"].ValueSpan), total);
        }

        var has = session.Content.Length;
        if (total is null || has < total)
        {
            return new ApiAnswer(308, default, has > 0 ? [("Range", $"bytes=0-{has - 1}")] : []);
        }

        if (has > total)
        {
            throw new ApiError(400, "invalid", "The total size is smaller than what was uploaded.");
        }

        var answer = Made(bucket, session.Name, session.Content.ToArray(), session.IfGeneration, Hash(request) ?? session.Crc32C);
        session.Made = Bucket(bucket).Objects[session.Name];
        session.Dispose();
        return answer;
    }

    /// <summary>Keeps what it can: all of a body that ends the object, and multiples of 256 KiB of any other.</summary>
    private static void Append(UploadSession session, ApiRequest request, long from, long to, long? total)
    {
        if (request.IsWhole && to - from + 1 != request.Body.Length)
        {
            throw new ApiError(400, "invalid", "Content-Range does not match Content-Length.");
        }

        if (from > session.Content.Length)
        {
            throw new ApiError(400, "invalid", $"Invalid request. The chunk begins after byte {session.Content.Length}.");
        }

        var skip = (int)Math.Min(session.Content.Length - from, request.Body.Length);
        var fresh = request.Body[skip..];
        if (!request.IsWhole || total is null || to + 1 != total)
        {
            fresh = fresh[..(fresh.Length / Granularity * Granularity)];
        }

        session.Content.Write(fresh.Span);
    }

    private ApiAnswer Cancel(ApiRequest request) =>
        request.Parameter("upload_id") is { } id && _sessions.Remove(id, out var session) && session.Made is null
            ? new ApiAnswer(499, default)
            : throw new ApiError(404, "notFound", "Not Found");

    private ApiAnswer Made(string bucket, string name, byte[] content, long? ifGeneration, string? crc32c)
    {
        if (crc32c is not null && crc32c != Castagnoli.ToText(content))
        {
            throw new ApiError(400, "invalid", $"Provided CRC32C \"{crc32c}\" doesn't match calculated CRC32C \"{Castagnoli.ToText(content)}\".");
        }

        Bucket(bucket).Require(name, ifGeneration);
        return ApiAnswer.Json(200, Describe(Store(bucket, name, content)));
    }

    private static string? Hash(ApiRequest request) =>
        request.Header("x-goog-hash") is { } hash && HashPattern().Match(hash) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex("boundary=\"?([^\";]+)\"?")]
    private static partial Regex BoundaryPattern();

    [GeneratedRegex(@"^bytes (?:(?<from>[0-9]+)-(?<to>[0-9]+)|\*)/(?<total>[0-9]+|\*)$")]
    private static partial Regex ContentRangePattern();

    [GeneratedRegex("crc32c=([^,]+)")]
    private static partial Regex HashPattern();
}
