using BackupFs.Storage.Directory.Interop;

namespace BackupFs.Storage.Directory;

/// <summary>The one place where exceptions of file operations become words of the storage contract.</summary>
internal static class DirectoryErrors
{
    /// <summary>The error of an operation.</summary>
    /// <param name="exception">What .NET threw.</param>
    /// <param name="operation">What was wanted, for the message: <c>reading 'key'</c>.</param>
    internal static StorageError Map(Exception exception, string operation) => exception switch
    {
        StorageException known => known.Error,
        _ when IsNotFound(exception) => StorageError.NotFound,
        PathTooLongException => new StorageError(StorageErrorKind.NameTooLong, $"{operation}: the path is too long"),
        IOException when Code(exception) == (false, Posix.OtherFileSystem) => new StorageError(
            StorageErrorKind.Unsupported, $"{operation}: it would be on another file system than the root of the storage; make that a storage of its own"),
        UnauthorizedAccessException => new StorageError(StorageErrorKind.AccessDenied, $"{operation}: {exception.Message}"),
        _ => new StorageError(Kind(exception), $"{operation}: {exception.Message}"),
    };

    /// <summary>Whether something, or a directory on the way there, was not there.</summary>
    internal static bool IsNotFound(Exception exception) =>
        exception is FileNotFoundException or DirectoryNotFoundException
        || (exception is IOException && Code(exception) == (false, Posix.NotFound));

    /// <summary>Whether a file could not be opened, or replaced, because somebody else has it open.</summary>
    internal static bool IsInUse(Exception exception) => exception is IOException && Code(exception) is (true, 0x20 or 0x21) or (false, 11);

    /// <summary>Whether it is an error of a file operation.</summary>
    internal static bool IsExpected(Exception exception) =>
        exception is StorageException or IOException or UnauthorizedAccessException or NotSupportedException;

    // Windows' system error codes; Linux's errno.
    private static StorageErrorKind Kind(Exception exception) => Code(exception) switch
    {
        (true, 0x70 or 0x27) or (false, 28) => StorageErrorKind.NoSpace,
        (true, 0x50F or 0x510) or (false, 122) => StorageErrorKind.QuotaExceeded,
        (true, 0xDF) or (false, 27) => StorageErrorKind.FileTooLarge,
        (true, 0x50 or 0xB7) or (false, 17) => StorageErrorKind.AlreadyExists,
        (true, 0x13) or (false, 30) => StorageErrorKind.ReadOnly,
        (false, 1 or 13) => StorageErrorKind.AccessDenied,
        (false, 36) => StorageErrorKind.NameTooLong,
        (false, 20) => StorageErrorKind.NotADirectory,
        (true, 0x20 or 0x21) or (false, 11 or 16) => StorageErrorKind.Busy,
        (true, 0x04) or (false, 23 or 24) => StorageErrorKind.TooManyOpenFiles,
        (true, 0x7B) => StorageErrorKind.InvalidName,
        (true, 0x35 or 0x40 or 0x43 or 0x79) or (false, 110 or 116) => StorageErrorKind.Unavailable,
        _ => StorageErrorKind.Io,
    };

    private static (bool IsWindows, int Code) Code(Exception exception) =>
        (exception.HResult & 0xFFFF0000) == 0x80070000 ? (true, exception.HResult & 0xFFFF) : (false, exception.HResult);
}
