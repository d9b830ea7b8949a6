using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Xml;
using Amazon.Runtime;
using Amazon.S3;
using BackupFs.Storage.Objects;

namespace BackupFs.Storage.S3;

/// <summary>The one place where exceptions of the SDK and its HTTP client become words of the storage contract.</summary>
internal static class S3Errors
{
    private const int LongestServerMessage = 200;

    /// <summary>The error of a request that threw. Expected misses are shared objects without a message.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="isExpired">Whether the request was ended because it stalled.</param>
    /// <param name="subject">What it was about.</param>
    /// <param name="options">For what to do.</param>
    /// <param name="region">Where the bucket is, if that is why.</param>
    internal static StorageError ToError(Exception exception, bool isExpired, in S3Subject subject, S3Options options, string? region = null)
    {
        if (isExpired)
        {
            return new StorageError(
                StorageErrorKind.Unavailable, $"{subject}: the server did not answer within {Seconds(options)} (timeout=…)", IsTransient: true);
        }

        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case AmazonServiceException service when (int)service.StatusCode != 0 || !string.IsNullOrEmpty(service.ErrorCode):
                    return region is null ? FromService(service, subject, options) : new StorageError(
                        StorageErrorKind.InvalidArgument, $"{subject}: the bucket '{subject.Bucket}' is in the region {region}; give region={region}");
                case CertificateRefusedException refused:
                    return new StorageError(StorageErrorKind.Unavailable, $"{subject}: {refused.Message}");
                case AuthenticationException:
                    return new StorageError(
                        StorageErrorKind.Unavailable, $"{subject}: no secure connection could be made; does the server speak TLS 1.2 or later?");
                case SocketException socket:
                    return new StorageError(StorageErrorKind.Unavailable, $"{subject}: {Describe(socket.SocketErrorCode)}", IsTransient: true);
                case ObjectDisposedException:
                    return new StorageError(StorageErrorKind.Unavailable, $"{subject}: the connection was closed", IsTransient: true);
            }
        }

        return exception switch
        {
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => new StorageError(
                StorageErrorKind.Unavailable, $"{subject}: no secure connection could be made; check that endpoint=… has the right scheme (http or https)"),
            HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded } => new StorageError(
                StorageErrorKind.Io, $"{subject}: what answers there is no S3 server; check endpoint=…"),
            HttpRequestException or IOException => new StorageError(
                StorageErrorKind.Unavailable, $"{subject}: the connection broke", IsTransient: true),
            TimeoutException or OperationCanceledException => new StorageError(
                StorageErrorKind.Unavailable,
                $"{subject}: no connection within {options.Limits.ConnectTimeout.TotalSeconds:0.###} s (connect-timeout=…)",
                IsTransient: true),
            AmazonUnmarshallingException or XmlException => new StorageError(
                StorageErrorKind.Io, $"{subject}: the server's answer is not understood; check endpoint=…"),

            // The SDK has no other sign of it.
            AmazonClientException when exception.Message.Contains("credential", StringComparison.OrdinalIgnoreCase)
                || exception.Message.Contains("profile", StringComparison.OrdinalIgnoreCase) => new StorageError(
                StorageErrorKind.AccessDenied, $"{subject}: {DescribeCredentials(options)}"),
            StorageException storage => storage.Error,
            _ => new StorageError(StorageErrorKind.Io, $"{subject}: {exception.GetType().Name}"),
        };
    }

    /// <summary>The error of one key of a request about many.</summary>
    internal static StorageError FromCode(string? code, string? message, in S3Subject subject, S3Options options) =>
        FromService(
            new AmazonS3Exception(message ?? "", ErrorType.Unknown, code ?? "", "", StatusOf(code)), subject, options);

    /// <summary>Bytes arrived at the server that are not those that were sent.</summary>
    internal static StorageError Mismatch(in S3Subject subject, string what) =>
        new(StorageErrorKind.Corrupt, $"{subject}: the server stored something else ({what} differs)", IsTransient: true);

    /// <summary>The region that an error says the bucket is in, where the request went to another one; null for other errors.</summary>
    /// <remarks>
    /// Source: Amazon S3 User Guide, "Making requests to S3": 301 and 307 tell of buckets elsewhere, and 400 of a signature for
    /// another region, each with the right one. An answer to HEAD has it in the header only.
    /// </remarks>
    internal static string? BucketRegionOf(Exception exception, S3Call call, S3Options options)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is AmazonServiceException service)
            {
                var isElsewhere = (int)service.StatusCode is 301 or 307
                    || service.ErrorCode is "PermanentRedirect" or "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException"
                    || ((int)service.StatusCode == 400 && service.ErrorCode is null or "" or "BadRequest");
                return isElsewhere && call.BucketRegion is { Length: > 0 } told && told != options.Region ? BackupPath.Printable(told) : null;
            }
        }

        return null;
    }

    /// <summary>Whether an error says that an upload in parts is no more.</summary>
    internal static bool IsNoSuchUpload(Exception exception) => exception is AmazonServiceException { ErrorCode: "NoSuchUpload" };

    /// <summary>Whether an error says that there is no such bucket.</summary>
    internal static bool IsNoSuchBucket(Exception exception) => exception is AmazonServiceException { ErrorCode: "NoSuchBucket" };

    /// <summary>Whether an error says that the object ends before the range.</summary>
    internal static bool IsPastEnd(Exception exception) =>
        exception is AmazonServiceException { StatusCode: HttpStatusCode.RequestedRangeNotSatisfiable } or AmazonServiceException { ErrorCode: "InvalidRange" };

    /// <summary>Whether an error says that a condition was not met.</summary>
    internal static bool IsConditionFailed(Exception exception) =>
        exception is AmazonServiceException { StatusCode: HttpStatusCode.PreconditionFailed } or AmazonServiceException { ErrorCode: "PreconditionFailed" };

    /// <summary>Whether an error says that there is no such object.</summary>
    internal static bool IsNoSuchKey(Exception exception) =>
        exception is AmazonServiceException { ErrorCode: "NoSuchKey" }
        or AmazonServiceException { StatusCode: HttpStatusCode.NotFound, ErrorCode: null or "" or "NotFound" };

    /// <summary>Whether the bucket that was to be created is there, and is the caller's.</summary>
    internal static bool IsOwnBucket(Exception exception) => exception is AmazonServiceException { ErrorCode: "BucketAlreadyOwnedByYou" };

    private static StorageError FromService(AmazonServiceException exception, in S3Subject subject, S3Options options)
    {
        var bucket = subject.Bucket;
        return exception.ErrorCode switch
        {
            "NoSuchKey" or "NotFound" => StorageError.NotFound,
            "NoSuchBucket" => new StorageError(StorageErrorKind.NotFound, $"the bucket '{bucket}' does not exist; create it, or check the location"),
            "NoSuchUpload" => new StorageError(StorageErrorKind.NotFound, $"{subject}: the upload was aborted, or completed by somebody else"),
            "PreconditionFailed" => new StorageError(StorageErrorKind.AlreadyExists, $"{subject}: another object is there"),
            "ConditionalRequestConflict" => new StorageError(
                StorageErrorKind.AlreadyExists, $"{subject}: another object is being stored there", IsTransient: true),
            "AccessDenied" or "AllAccessDisabled" or "AccountProblem" => new StorageError(
                StorageErrorKind.AccessDenied, $"{subject}: the server denies access; check what the credentials may do in bucket '{bucket}'"),
            { } code when IsKeyRefused(code, exception.Message, options) => new StorageError(
                StorageErrorKind.AccessDenied, $"{subject}: the server cannot use the key of sse-kms-key-id=…{FromServer(exception)}"),
            "InvalidAccessKeyId" or "InvalidToken" or "ExpiredToken" or "TokenRefreshRequired" or "NotSignedUp" => new StorageError(
                StorageErrorKind.AccessDenied, $"{subject}: the server does not accept the access key or its token ({exception.ErrorCode})"),
            "SignatureDoesNotMatch" => new StorageError(
                StorageErrorKind.AccessDenied, $"{subject}: the signature is wrong; check the secret key, and region=…"),
            "RequestTimeTooSkewed" => new StorageError(
                StorageErrorKind.AccessDenied, $"{subject}: the clock of this machine differs too much from the server's"),
            "BucketAlreadyExists" => new StorageError(
                StorageErrorKind.AccessDenied, $"the bucket '{bucket}' belongs to somebody else; another name is needed"),
            "TooManyBuckets" => new StorageError(StorageErrorKind.QuotaExceeded, $"the bucket '{bucket}' cannot be created: the account has too many"),
            "QuotaExceeded" or "EntityTooManyObjects" => new StorageError(StorageErrorKind.QuotaExceeded, $"{subject}: the quota is used up"),
            "EntityTooLarge" => new StorageError(StorageErrorKind.FileTooLarge, $"{subject}: it is larger than the server takes"),
            "EntityTooSmall" => new StorageError(StorageErrorKind.InvalidArgument, $"{subject}: a part is smaller than the server takes"),
            "InvalidPart" or "InvalidPartOrder" => new StorageError(StorageErrorKind.InvalidArgument, $"{subject}: the server does not have all parts"),
            "KeyTooLongError" or "KeyTooLong" => new StorageError(StorageErrorKind.NameTooLong, $"{subject}: the name is too long for the server"),
            "InvalidBucketName" or "InvalidObjectName" or "InvalidURI" => new StorageError(
                StorageErrorKind.InvalidName, $"{subject}: the server does not accept the name"),
            "InvalidObjectState" => new StorageError(
                StorageErrorKind.Unsupported, $"{subject}: it is in an archive class of the store; restore it there first"),
            "BadDigest" or "InvalidDigest" or "XAmzContentSHA256Mismatch" or "XAmzContentChecksumMismatch" or "IncompleteBody" => new StorageError(
                StorageErrorKind.Corrupt, $"{subject}: the bytes were damaged on their way to the server ({exception.ErrorCode})", IsTransient: true),
            "NotImplemented" or "MethodNotAllowed" => new StorageError(
                StorageErrorKind.Unsupported, $"{subject}: the server cannot do that{FromServer(exception)}"),
            "PermanentRedirect" or "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException" => new StorageError(
                StorageErrorKind.InvalidArgument, $"{subject}: the bucket '{bucket}' is in another region; give region=…{FromServer(exception)}"),
            "OperationAborted" or "BucketNotEmpty" => new StorageError(StorageErrorKind.Busy, $"{subject}: the server is busy with it", IsTransient: true),
            "SlowDown" or "RequestLimitExceeded" or "Throttling" or "ThrottlingException" or "TooManyRequests" or "ServiceUnavailable"
                or "InternalError" or "RequestTimeout" => Unavailable(exception, subject),
            _ => FromStatus(exception, subject, options),
        };
    }

    private static StorageError FromStatus(AmazonServiceException exception, in S3Subject subject, S3Options options) => (int)exception.StatusCode switch
    {
        301 or 302 or 307 => new StorageError(
            StorageErrorKind.InvalidArgument, $"{subject}: the bucket '{subject.Bucket}' is in another region or at another endpoint; give region=… or endpoint=…"),
        401 or 403 => new StorageError(
            StorageErrorKind.AccessDenied, $"{subject}: the server denies access; check what the credentials may do in bucket '{subject.Bucket}'"),
        404 => StorageError.NotFound,
        405 or 501 => new StorageError(StorageErrorKind.Unsupported, $"{subject}: the server cannot do that{FromServer(exception)}"),
        409 or 412 => new StorageError(StorageErrorKind.AlreadyExists, $"{subject}: another object is there"),
        413 => new StorageError(StorageErrorKind.FileTooLarge, $"{subject}: it is larger than the server takes"),
        507 => new StorageError(StorageErrorKind.NoSpace, $"{subject}: the server has no space left"),
        408 or 429 or >= 500 => Unavailable(exception, subject),
        _ when options.Encryption == S3Encryption.CustomerKey && exception.StatusCode == HttpStatusCode.BadRequest => new StorageError(
            StorageErrorKind.AccessDenied, $"{subject}: the server refuses; is it encrypted with another key?{FromServer(exception)}"),
        400 when options.Encryption != S3Encryption.CustomerKey && MayWantKey(exception) => new StorageError(
            StorageErrorKind.AccessDenied, $"{subject}: the server refuses; what was stored with sse=sse_c:… is read with that key only{FromServer(exception)}"),
        _ => new StorageError(StorageErrorKind.Io, $"{subject}: the server refuses{FromServer(exception)}"),
    };

    /// <summary>Whether the key service is the reason: Amazon has codes for it, Ceph the one for access keys.</summary>
    private static bool IsKeyRefused(string code, string? message, S3Options options) => options.Encryption == S3Encryption.Kms
        && (code.StartsWith("KMS.", StringComparison.Ordinal)
            || (code == "InvalidAccessKeyId" && message?.Contains("kms", StringComparison.OrdinalIgnoreCase) == true));

    /// <summary>Whether an object may be encrypted with a key that was not sent: an answer to HEAD does not say.</summary>
    private static bool MayWantKey(AmazonServiceException exception) => exception.ErrorCode is null or "" or "BadRequest"
        || exception.Message?.Contains("ncryption", StringComparison.Ordinal) == true;

    private static StorageError Unavailable(AmazonServiceException exception, in S3Subject subject) =>
        new(StorageErrorKind.Unavailable, $"{subject}: the server is busy or fails{FromServer(exception)}", IsTransient: true);

    private static string FromServer(AmazonServiceException exception)
    {
        var message = BackupPath.Printable(exception.Message ?? "");
        message = message.Length > LongestServerMessage ? message[..LongestServerMessage] + "…" : message;
        var code = string.IsNullOrEmpty(exception.ErrorCode) ? ((int)exception.StatusCode).ToString(CultureInfo.InvariantCulture) : BackupPath.Printable(exception.ErrorCode);
        return message.Length == 0 || message == code ? $" ({code})" : $" ({code}: {message})";
    }

    private static string Describe(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "nothing listens at the server's address; check endpoint=…",
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "the server's name is not known; check endpoint=… and region=…",
        SocketError.TimedOut => "the server cannot be reached in time",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.NetworkDown => "the server cannot be reached",
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown => "the connection broke",
        _ => $"the connection failed ({error})",
    };

    private static string DescribeCredentials(S3Options options) => options.Profile is { } profile
        ? $"the profile '{BackupPath.Printable(profile)}' gives no credentials"
        : "no credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give profile=NAME";

    private static string Seconds(S3Options options) => string.Create(CultureInfo.InvariantCulture, $"{options.Limits.Timeout.TotalSeconds:0.###} s");

    private static HttpStatusCode StatusOf(string? code) => code switch
    {
        "AccessDenied" => HttpStatusCode.Forbidden,
        "InternalError" => HttpStatusCode.InternalServerError,
        _ => HttpStatusCode.BadRequest,
    };
}
