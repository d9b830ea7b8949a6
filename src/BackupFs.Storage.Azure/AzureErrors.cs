using Azure;
using Azure.Identity;
using BackupFs.Storage.Objects;

namespace BackupFs.Storage.Azure;

/// <summary>
/// The one place where errors of Azure Blob Storage become words of the storage contract. Messages have the service's code and
/// no text of exceptions: those quote headers and addresses, which may hold signatures.
/// </summary>
/// <remarks>Codes: Azure Storage REST API, "Common REST API error codes" and "Blob Storage error codes".</remarks>
internal static class AzureErrors
{
    /// <summary>The error of a request.</summary>
    /// <param name="exception">What the client threw.</param>
    /// <param name="expired">Whether the request's deadline was what cancelled it.</param>
    /// <param name="operation">What was wanted, for the message: <c>reading 'key'</c>.</param>
    /// <param name="unmet">What an unmet condition means to this request.</param>
    internal static StorageError Map(Exception exception, bool expired, string operation, StorageErrorKind unmet) => exception switch
    {
        StorageException known => known.Error,
        RequestFailedException failed when failed.Status != 0 => OfAnswer(failed.Status, failed.ErrorCode ?? "", operation, unmet),
        _ when expired => Error(StorageErrorKind.Unavailable, operation, "Azure did not answer in time", transient: true),
        AuthenticationFailedException => Error(
            StorageErrorKind.AccessDenied, operation,
            "there are no credentials that work: use key-file=PATH or sas-file=PATH, set AZURE_STORAGE_KEY, log in with 'az login', or give this machine an identity"),
        _ when CertificateRefusedException.In(exception) is { } refused => Error(StorageErrorKind.Unavailable, operation, refused.Message),
        AggregateException { InnerException: { } inner } => Map(inner, expired, operation, unmet),
        RequestFailedException or HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException => Error(
            StorageErrorKind.Unavailable, operation, $"Azure cannot be reached ({Root(exception)})", transient: true),
        InvalidDataException => Error(StorageErrorKind.Corrupt, operation, "the answer does not have the checksum it says"),
        _ => Error(StorageErrorKind.Io, operation, $"unexpected {exception.GetType().Name}"),
    };

    /// <summary>A body that ended before its length.</summary>
    internal static StorageError Broken(string operation) =>
        Error(StorageErrorKind.Unavailable, operation, "the answer broke off", transient: true);

    /// <summary>What is wrong with a blob's name; null if nothing is.</summary>
    internal static StorageError? CheckName(string name) =>
        name.Contains('\\', StringComparison.Ordinal) ? new StorageError(
            StorageErrorKind.InvalidName, $"'{BackupPath.Printable(name)}': Azure makes slashes of backslashes, so a name cannot have one")
        : name.Split('/').Any(segment => segment is "." or "..") ? new StorageError(
            StorageErrorKind.InvalidName, $"'{BackupPath.Printable(name)}': in an address, dots as a name mean another place")
        : name.Length > 1024 ? new StorageError(
            StorageErrorKind.NameTooLong, $"'{BackupPath.Printable(name)}': the name of a blob has at most 1024 characters, not {name.Length}")
        : name.AsSpan().Count('/') >= 254 ? new StorageError(
            StorageErrorKind.NameTooLong, $"'{BackupPath.Printable(name)}': the name of a blob has at most 254 segments")
        : null;

    private static StorageError OfAnswer(int status, string code, string operation, StorageErrorKind unmet)
    {
        StorageError Answer(StorageErrorKind kind, string what, bool transient = false) =>
            Error(kind, operation, $"{what} (HTTP {status}{(code.Length > 0 ? " " : "")}{code})", transient);
        StorageError Unmet() => Answer(unmet, unmet == StorageErrorKind.Corrupt ? "it is no longer the version it was" : "the condition was not met");
        return (status, code) switch
        {
            (_, "BlobNotFound" or "ResourceNotFound") => StorageError.NotFound,
            (_, "ContainerNotFound" or "ContainerDisabled") => Answer(StorageErrorKind.NotFound, "the container does not exist; create it first"),
            (_, "ContainerBeingDeleted") => Answer(StorageErrorKind.NotFound, "the container is being deleted"),
            (_, "Md5Mismatch" or "InvalidMd5" or "Crc64Mismatch") => Answer(StorageErrorKind.Corrupt, "what arrived is not what was sent"),
            (_, "BlobImmutableDueToPolicy") => Answer(StorageErrorKind.NotPermitted, "an immutability policy protects the blob"),
            (_, "BlobArchived" or "BlobBeingRehydrated") => Answer(StorageErrorKind.Busy, "the blob is archived; bring it back to an online tier first"),
            (_, "SnapshotsPresent" or "PendingCopyOperation" or "SystemInUse") => Answer(StorageErrorKind.Busy, "the blob is in use"),
            (_, "InvalidBlockList") => Answer(StorageErrorKind.Busy, "the parts are gone: the blob was written by somebody else during the upload"),
            (_, "InvalidBlobOrBlock" or "BlockCountExceedsLimit") => Answer(
                StorageErrorKind.Busy, "an unfinished upload of another program is in the way; Azure forgets it a week after its last part"),
            (_, "RequestBodyTooLarge" or "BlockListTooLong" or "MaxBlobSizeConditionNotMet") => Answer(StorageErrorKind.FileTooLarge, "it is too large"),
            (_, "InvalidResourceName" or "InvalidUri" or "OutOfRangeInput") => Answer(StorageErrorKind.InvalidName, "Azure does not take the name"),
            (_, "AccountIsDisabled") => Answer(StorageErrorKind.AccessDenied, "the storage account is disabled"),
            (_, var lease) when lease.StartsWith("Lease", StringComparison.Ordinal) => Answer(StorageErrorKind.Busy, "somebody holds a lease on the blob"),
            (_, var quota) when quota.Contains("Quota", StringComparison.Ordinal) => Answer(StorageErrorKind.QuotaExceeded, "the account's quota is used up"),
            (401 or 403, _) => Answer(
                StorageErrorKind.AccessDenied, "access is denied; check the account, the key or the signature with its permissions and expiry, and this machine's clock"),
            (404, _) => StorageError.NotFound,
            (409, "BlobAlreadyExists" or "ResourceAlreadyExists") => Unmet(),
            (412, _) => Unmet(),
            (409, _) => Answer(StorageErrorKind.Busy, "it conflicts with what is there"),
            (413, _) => Answer(StorageErrorKind.FileTooLarge, "it is too large"),
            (408 or 429 or 500 or 502 or 503 or 504, _) => Answer(StorageErrorKind.Unavailable, "Azure cannot do it now", transient: true),
            (507, _) => Answer(StorageErrorKind.NoSpace, "no space is left"),
            (400 or 405 or 411 or 416 or 501, _) => Answer(StorageErrorKind.Io, "Azure refuses the request"),
            (>= 300 and < 400, _) => Answer(StorageErrorKind.Io, "the endpoint is not a blob service of Azure"),
            _ => Answer(StorageErrorKind.Io, "unexpected answer"),
        };
    }

    private static StorageError Error(StorageErrorKind kind, string operation, string what, bool transient = false) =>
        new(kind, $"{operation}: {what}", transient);

    private static string Root(Exception exception) => exception.GetBaseException() switch
    {
        System.Net.Sockets.SocketException socket => socket.SocketErrorCode.ToString(),
        var other => other.GetType().Name,
    };
}
