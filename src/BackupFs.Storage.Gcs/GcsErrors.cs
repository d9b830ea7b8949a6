using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using BackupFs.Storage.Objects;
using Google.Apis.Auth.OAuth2.Responses;

namespace BackupFs.Storage.Gcs;

/// <summary>
/// The one place where answers of Google Cloud Storage and exceptions become words of the storage contract. Messages have the
/// status, Google's reason and, where rights are missing, its sentence; never an address, which may be a session's secret.
/// </summary>
/// <remarks>Reasons: Cloud Storage, "JSON API, HTTP status and error codes".</remarks>
internal static partial class GcsErrors
{
    /// <summary>The error that an exception stands for.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="expired">Whether the request's deadline was what cancelled it.</param>
    /// <param name="operation">What was wanted, for the message: <c>reading 'key'</c>.</param>
    internal static StorageError Map(Exception exception, bool expired, string operation) => exception switch
    {
        StorageException known => known.Error,
        _ when expired => Error(StorageErrorKind.Unavailable, operation, "Google Cloud Storage did not answer in time", transient: true),
        TokenResponseException { StatusCode: HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError } => Error(
            StorageErrorKind.Unavailable, operation, "Google gives out no access token now", transient: true),
        ObjectDisposedException => Error(StorageErrorKind.Unavailable, operation, "the connection was closed", transient: true),
        TokenResponseException or InvalidOperationException or FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException => Error(
            StorageErrorKind.AccessDenied, operation,
            "there are no credentials that work: use credentials-file=PATH, set GOOGLE_APPLICATION_CREDENTIALS, or run 'gcloud auth application-default login'"),
        _ when CertificateRefusedException.In(exception) is { } refused => Error(StorageErrorKind.Unavailable, operation, refused.Message),
        HttpRequestException or IOException or OperationCanceledException => Error(
            StorageErrorKind.Unavailable, operation, $"Google Cloud Storage cannot be reached ({Root(exception)})", transient: true),
        JsonException or FormatException => Error(StorageErrorKind.Io, operation, "the answer, or a file of credentials, is not what it should be"),
        _ => Error(StorageErrorKind.Io, operation, $"unexpected {exception.GetType().Name}"),
    };

    /// <summary>The error that an answer stands for.</summary>
    /// <param name="status">Not 2xx.</param>
    /// <param name="body">JSON, or anything.</param>
    /// <param name="operation">For the message.</param>
    /// <param name="unmet">What an unmet condition means to this request.</param>
    internal static StorageError Map(HttpStatusCode status, ReadOnlySpan<byte> body, string operation, StorageErrorKind unmet)
    {
        var (reason, sentence) = Parse(body);
        StorageError Answer(StorageErrorKind kind, string what, bool transient = false) =>
            Error(kind, operation, $"{what} (HTTP {(int)status}{(reason.Length > 0 ? " " : "")}{reason})", transient);
        return ((int)status, reason) switch
        {
            (404, _) when sentence.Contains("bucket does not exist", StringComparison.Ordinal) =>
                Answer(StorageErrorKind.NotFound, "the bucket does not exist; create it first"),
            (404 or 410, _) => StorageError.NotFound,
            (403, "rateLimitExceeded" or "userRateLimitExceeded") => Answer(StorageErrorKind.Unavailable, "too many requests", transient: true),
            (403, "quotaExceeded") => Answer(StorageErrorKind.QuotaExceeded, "the project's quota is used up"),
            (403, "retentionPolicyNotMet" or "objectUnderActiveHold") => Answer(StorageErrorKind.NotPermitted, "a retention policy or hold protects the object"),
            (401 or 403, _) => Answer(
                StorageErrorKind.AccessDenied,
                $"access is denied; check the credentials and their role in the bucket{(sentence.Length > 0 ? ": " : "")}{sentence}"),
            (400, _) when sentence.Contains("CRC32C", StringComparison.OrdinalIgnoreCase) || sentence.Contains("MD5", StringComparison.OrdinalIgnoreCase) =>
                Answer(StorageErrorKind.Corrupt, "what arrived is not what was sent"),
            (409, _) => Answer(StorageErrorKind.Busy, "it conflicts with what is there"),
            (412 or 304, _) => Answer(unmet, unmet == StorageErrorKind.Corrupt ? "it is no longer the version it was" : "the condition was not met"),
            (413, _) => Answer(StorageErrorKind.FileTooLarge, "it is too large"),
            (408 or 429 or 500 or 502 or 503 or 504, _) => Answer(StorageErrorKind.Unavailable, "Google Cloud Storage cannot do it now", transient: true),
            (507, _) => Answer(StorageErrorKind.NoSpace, "no space is left"),
            (>= 300 and < 400, _) => Answer(StorageErrorKind.Io, "the endpoint is not Google Cloud Storage"),
            _ => Answer(StorageErrorKind.Io, "Google Cloud Storage refuses the request"),
        };
    }

    /// <summary>A body that ended before its length.</summary>
    internal static StorageError Broken(string operation) =>
        Error(StorageErrorKind.Unavailable, operation, "the answer broke off", transient: true);

    /// <summary>An answer that the protocol does not have.</summary>
    internal static StorageError Unexpected(string operation, string what) => Error(StorageErrorKind.Io, operation, what);

    /// <summary>What was stored is not what was sent.</summary>
    internal static StorageError Corrupt(string operation) =>
        Error(StorageErrorKind.Corrupt, operation, "the checksum of what Google Cloud Storage stored is not the one of what was sent");

    /// <summary>What is wrong with an object's name; null if nothing is.</summary>
    internal static StorageError? CheckName(string name) =>
        System.Text.Encoding.UTF8.GetByteCount(name) is > 1024 and var bytes ? new StorageError(
            StorageErrorKind.NameTooLong, $"'{BackupPath.Printable(name)}': the name of an object has at most 1024 bytes, not {bytes}")
        : name.StartsWith(".well-known/acme-challenge/", StringComparison.Ordinal) || name is "" or "." or ".." || name.AsSpan().ContainsAny('\r', '\n')
            ? new StorageError(StorageErrorKind.InvalidName, $"'{BackupPath.Printable(name)}': Google Cloud Storage does not take the name")
        : null;

    private static StorageError Error(StorageErrorKind kind, string operation, string what, bool transient = false) =>
        new(kind, $"{operation}: {what}", transient);

    private static (string Reason, string Sentence) Parse(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            if (!JsonDocument.TryParseValue(ref reader, out var json))
            {
                return ("", "");
            }

            using (json)
            {
                if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("error", out var error)
                    || error.ValueKind != JsonValueKind.Object)
                {
                    return ("", "");
                }

                var reason = error.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Array && errors.GetArrayLength() > 0
                    ? GcsObject.Text(errors[0], "reason") ?? ""
                    : "";
                return (Shown(reason, 40), Shown(GcsObject.Text(error, "message") ?? "", 300));
            }
        }
        catch (JsonException)
        {
            return ("", "");
        }
    }

    private static string Shown(string text, int longest) =>
        BackupPath.Printable(Query().Replace(text.Length > longest ? text[..longest] : text, "?…"));

    private static string Root(Exception exception) => exception.GetBaseException() switch
    {
        SocketException socket => socket.SocketErrorCode.ToString(),
        var other => other.GetType().Name,
    };

    [GeneratedRegex(@"\?\S+")]
    private static partial Regex Query();
}
