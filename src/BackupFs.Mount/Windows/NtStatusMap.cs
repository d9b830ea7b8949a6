using BackupFs.FileSystem;
using BackupFs.WinFsp;

namespace BackupFs.Mount.Windows;

/// <summary>The one map from the file system's errors to status codes of Windows.</summary>
internal static class NtStatusMap
{
    public static NtStatus From(FsError error) => error switch
    {
        FsError.None => NtStatus.Success,
        FsError.NotFound => NtStatus.ObjectNameNotFound,
        FsError.AlreadyExists => NtStatus.ObjectNameCollision,
        FsError.NotEmpty => NtStatus.DirectoryNotEmpty,
        FsError.NotADirectory => NtStatus.NotADirectory,
        FsError.IsADirectory => NtStatus.FileIsADirectory,
        FsError.InvalidArgument => NtStatus.InvalidParameter,
        FsError.InvalidName => NtStatus.ObjectNameInvalid,
        FsError.NameTooLong => NtStatus.NameTooLong,
        FsError.AccessDenied => NtStatus.AccessDenied,
        FsError.NotPermitted => NtStatus.AccessDenied,
        FsError.ReadOnly => NtStatus.MediaWriteProtected,
        FsError.NoSpace => NtStatus.DiskFull,
        FsError.QuotaExceeded => NtStatus.DiskQuotaExceeded,
        FsError.FileTooLarge => NtStatus.FileTooLarge,
        FsError.TooManyLinks => NtStatus.TooManyLinks,
        FsError.TooManyOpenFiles => NtStatus.TooManyOpenedFiles,
        FsError.Busy => NtStatus.SharingViolation,
        FsError.NoAttribute => NtStatus.NotFound,
        FsError.NoSuchOffset => NtStatus.EndOfFile,
        FsError.Unsupported => NtStatus.NotSupported,
        FsError.CrossDevice => NtStatus.NotSameDevice,

        // The handle is valid, but was not opened for that.
        FsError.BadHandle => NtStatus.AccessDenied,
        FsError.Stale => NtStatus.FileDeleted,
        FsError.Interrupted => NtStatus.Cancelled,
        FsError.Unavailable => NtStatus.IoTimeout,
        FsError.Corrupt => NtStatus.CrcError,
        FsError.Io => NtStatus.IoDeviceError,
    };
}
