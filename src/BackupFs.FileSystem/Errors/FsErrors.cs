using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>The one map from a storage's errors to the file system's.</summary>
public static class FsErrors
{
    /// <summary>The error an operation returns when the storage failed with <paramref name="error"/>.</summary>
    public static FsError From(StorageError error) => From(error.Kind);

    /// <summary>The error an operation returns for a kind of storage error.</summary>
    public static FsError From(StorageErrorKind kind) => kind switch
    {
        StorageErrorKind.NotFound => FsError.NotFound,
        StorageErrorKind.AlreadyExists => FsError.AlreadyExists,
        StorageErrorKind.NotEmpty => FsError.NotEmpty,
        StorageErrorKind.NotADirectory => FsError.NotADirectory,
        StorageErrorKind.IsADirectory => FsError.IsADirectory,
        StorageErrorKind.InvalidName => FsError.InvalidName,
        StorageErrorKind.NameTooLong => FsError.NameTooLong,
        StorageErrorKind.AccessDenied => FsError.AccessDenied,
        StorageErrorKind.NotPermitted => FsError.NotPermitted,
        StorageErrorKind.ReadOnly => FsError.ReadOnly,
        StorageErrorKind.NoSpace => FsError.NoSpace,
        StorageErrorKind.QuotaExceeded => FsError.QuotaExceeded,
        StorageErrorKind.FileTooLarge => FsError.FileTooLarge,
        StorageErrorKind.TooManyLinks => FsError.TooManyLinks,
        StorageErrorKind.TooManyOpenFiles => FsError.TooManyOpenFiles,
        StorageErrorKind.Busy => FsError.Busy,
        StorageErrorKind.InvalidArgument => FsError.InvalidArgument,
        StorageErrorKind.NoAttribute => FsError.NoAttribute,
        StorageErrorKind.NoSuchOffset => FsError.NoSuchOffset,
        StorageErrorKind.Unsupported => FsError.Unsupported,
        StorageErrorKind.Cancelled => FsError.Interrupted,
        StorageErrorKind.Unavailable => FsError.Unavailable,
        StorageErrorKind.Corrupt => FsError.Corrupt,
        StorageErrorKind.Io => FsError.Io,
    };

    internal static FsResult<T> ToFs<T>(this StorageResult<T> result) => result.IsOk ? result.Value : From(result.Error);
}
