namespace BackupFs.Storage.File.Interop;

/// <summary>The one place where error numbers of Linux become words of the storage contract.</summary>
internal static class ErrnoMap
{
    /// <summary>The kind of an error; whatever has no word of its own is <see cref="StorageErrorKind.Io"/>.</summary>
    public static StorageErrorKind ToKind(Errno errno) => errno switch
    {
        Errno.ENOENT => StorageErrorKind.NotFound,
        Errno.EEXIST => StorageErrorKind.AlreadyExists,
        Errno.ENOTEMPTY => StorageErrorKind.NotEmpty,

        // ELOOP: a symbolic link where a directory has to be; links are never followed (RESOLVE_NO_SYMLINKS, O_NOFOLLOW).
        Errno.ENOTDIR or Errno.ELOOP => StorageErrorKind.NotADirectory,
        Errno.EISDIR => StorageErrorKind.IsADirectory,
        Errno.EILSEQ => StorageErrorKind.InvalidName,
        Errno.ENAMETOOLONG => StorageErrorKind.NameTooLong,
        Errno.EACCES or Errno.ENOKEY or Errno.EKEYEXPIRED or Errno.EKEYREVOKED or Errno.EKEYREJECTED => StorageErrorKind.AccessDenied,
        Errno.EPERM => StorageErrorKind.NotPermitted,
        Errno.EROFS => StorageErrorKind.ReadOnly,
        // E2BIG: an extended attribute larger than Linux takes.
        Errno.ENOSPC or Errno.E2BIG => StorageErrorKind.NoSpace,
        Errno.EDQUOT => StorageErrorKind.QuotaExceeded,
        Errno.EFBIG or Errno.EOVERFLOW => StorageErrorKind.FileTooLarge,
        Errno.EMLINK => StorageErrorKind.TooManyLinks,
        Errno.EMFILE or Errno.ENFILE => StorageErrorKind.TooManyOpenFiles,
        Errno.EBUSY or Errno.ETXTBSY or Errno.EAGAIN or Errno.EDEADLK => StorageErrorKind.Busy,
        Errno.EINVAL or Errno.ERANGE or Errno.ESPIPE => StorageErrorKind.InvalidArgument,
        Errno.ENODATA => StorageErrorKind.NoAttribute,
        Errno.ENXIO => StorageErrorKind.NoSuchOffset,

        // EXDEV: rename, link or copy across file systems, which only another file system mounted in the store can cause.
        Errno.ENOTSUP or Errno.ENOSYS or Errno.EXDEV or Errno.ENOTTY or Errno.ENODEV or Errno.ENOTBLK => StorageErrorKind.Unsupported,
        Errno.ECANCELED => StorageErrorKind.Cancelled,

        // What network file systems give when their server does not answer.
        Errno.ETIMEDOUT or Errno.ENOTCONN or Errno.ECONNREFUSED or Errno.EHOSTDOWN or Errno.EHOSTUNREACH or Errno.ENETDOWN
            or Errno.ENETUNREACH or Errno.ENONET or Errno.ECOMM or Errno.ENOLCK => StorageErrorKind.Unavailable,
        Errno.EUCLEAN or Errno.EHWPOISON => StorageErrorKind.Corrupt,
        _ => StorageErrorKind.Io,
    };

    /// <summary>Whether the same call may succeed later by itself.</summary>
    public static bool IsTransient(Errno errno) => errno is Errno.EAGAIN or Errno.EINTR or Errno.EBUSY or Errno.ENOMEM
        or Errno.ENOBUFS or Errno.EMFILE or Errno.ENFILE or Errno.ETIMEDOUT or Errno.ESTALE or Errno.ENOTCONN;

    /// <summary>The error of an operation. Expected misses are shared objects without a message.</summary>
    public static StorageError ToError(Errno errno, string operation, string path = "")
    {
        switch (errno)
        {
            case Errno.ENOENT:
                return StorageError.NotFound;
            case Errno.ENODATA:
                return StorageError.NoAttribute;
        }

        var kind = ToKind(errno);
        var where = path.Length == 0 ? "" : $" '{BackupPath.Printable(path)}'";
        var name = Enum.IsDefined(errno) ? errno.ToString() : $"errno {(int)errno}";
        return new StorageError(kind, $"{operation}{where}: {Describe(kind)} ({name})", IsTransient(errno));
    }

    private static string Describe(StorageErrorKind kind) => kind switch
    {
        StorageErrorKind.NotFound => "it does not exist",
        StorageErrorKind.AlreadyExists => "the name is taken",
        StorageErrorKind.NotEmpty => "the directory is not empty",
        StorageErrorKind.NotADirectory => "a component of the path is not a directory",
        StorageErrorKind.IsADirectory => "it is a directory",
        StorageErrorKind.InvalidName => "the name is not valid",
        StorageErrorKind.NameTooLong => "the name is too long",
        StorageErrorKind.AccessDenied => "access is denied",
        StorageErrorKind.NotPermitted => "it is not permitted",
        StorageErrorKind.ReadOnly => "the file system is read-only",
        StorageErrorKind.NoSpace => "no space is left",
        StorageErrorKind.QuotaExceeded => "the quota is used up",
        StorageErrorKind.FileTooLarge => "the file is too large",
        StorageErrorKind.TooManyLinks => "there are too many hard links",
        StorageErrorKind.TooManyOpenFiles => "too many files are open",
        StorageErrorKind.Busy => "it is in use",
        StorageErrorKind.InvalidArgument => "the file system refuses an argument",
        StorageErrorKind.NoAttribute => "there is no such attribute",
        StorageErrorKind.NoSuchOffset => "there is no such offset",
        StorageErrorKind.Unsupported => "the file system cannot do that",
        StorageErrorKind.Cancelled => "it was cancelled",
        StorageErrorKind.Unavailable => "the file system does not answer",
        StorageErrorKind.Corrupt => "the file system is damaged",
        StorageErrorKind.Io => "input/output error",
    };
}
