using BackupFs.FileSystem;
using BackupFs.Fuse;

namespace BackupFs.Mount.Linux;

/// <summary>The one map from the file system's errors to errno.</summary>
internal static class ErrnoMap
{
    public static Errno From(FsError error) => error switch
    {
        FsError.None => Errno.None,
        FsError.NotFound => Errno.ENOENT,
        FsError.AlreadyExists => Errno.EEXIST,
        FsError.NotEmpty => Errno.ENOTEMPTY,
        FsError.NotADirectory => Errno.ENOTDIR,
        FsError.IsADirectory => Errno.EISDIR,
        FsError.InvalidArgument => Errno.EINVAL,

        // Linux knows no errno for "a name that cannot be kept"; EINVAL is what vfat and NFS give.
        FsError.InvalidName => Errno.EINVAL,
        FsError.NameTooLong => Errno.ENAMETOOLONG,
        FsError.AccessDenied => Errno.EACCES,
        FsError.NotPermitted => Errno.EPERM,
        FsError.ReadOnly => Errno.EROFS,
        FsError.NoSpace => Errno.ENOSPC,
        FsError.QuotaExceeded => Errno.EDQUOT,
        FsError.FileTooLarge => Errno.EFBIG,
        FsError.TooManyLinks => Errno.EMLINK,
        FsError.TooManyOpenFiles => Errno.ENFILE,
        FsError.Busy => Errno.EBUSY,
        FsError.NoAttribute => Errno.ENODATA,
        FsError.NoSuchOffset => Errno.ENXIO,

        // Not ENOSYS: the kernel would take it for "never" and stop asking for any file.
        FsError.Unsupported => Errno.EOPNOTSUPP,
        FsError.CrossDevice => Errno.EXDEV,
        FsError.BadHandle => Errno.EBADF,
        FsError.Stale => Errno.ESTALE,
        FsError.Interrupted => Errno.EINTR,

        // What programs expect of a disk; the log says that the storage did not answer.
        FsError.Unavailable => Errno.EIO,
        FsError.Corrupt => Errno.EIO,
        FsError.Io => Errno.EIO,
    };
}
