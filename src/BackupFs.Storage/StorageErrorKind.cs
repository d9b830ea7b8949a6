namespace BackupFs.Storage;

/// <summary>What went wrong in a storage, in words that every storage and every platform shares.</summary>
/// <remarks>
/// Each storage maps its native errors (errno, SDK exceptions, HTTP status) to this vocabulary in exactly one file.
/// Adding a member breaks the build of every exhaustive <c>switch</c> that has to know it, which is intended.
/// </remarks>
public enum StorageErrorKind
{
    /// <summary>The backup, file or directory does not exist.</summary>
    NotFound,

    /// <summary>The name is taken.</summary>
    AlreadyExists,

    /// <summary>A directory that has to be empty is not.</summary>
    NotEmpty,

    /// <summary>A component of the path is not a directory.</summary>
    NotADirectory,

    /// <summary>The path names a directory where a file was wanted.</summary>
    IsADirectory,

    /// <summary>The name or path is not one that <see cref="BackupPath"/> accepts.</summary>
    InvalidName,

    /// <summary>A path component or the whole path is longer than the storage can keep.</summary>
    NameTooLong,

    /// <summary>The storage refuses for lack of rights (EACCES, HTTP 403).</summary>
    AccessDenied,

    /// <summary>The operation is never allowed here, whoever asks (EPERM).</summary>
    NotPermitted,

    /// <summary>The backup or the storage is read-only.</summary>
    ReadOnly,

    /// <summary>No space is left.</summary>
    NoSpace,

    /// <summary>A quota is used up.</summary>
    QuotaExceeded,

    /// <summary>The file would grow beyond what the storage can keep.</summary>
    FileTooLarge,

    /// <summary>The file has as many hard links as the storage allows.</summary>
    TooManyLinks,

    /// <summary>The process or the machine has no more descriptors.</summary>
    TooManyOpenFiles,

    /// <summary>Something is in use that has to be idle.</summary>
    Busy,

    /// <summary>An argument (offset, length, flag) makes no sense.</summary>
    InvalidArgument,

    /// <summary>The extended attribute does not exist (ENODATA).</summary>
    NoAttribute,

    /// <summary>There is no data or hole at or after the offset (ENXIO).</summary>
    NoSuchOffset,

    /// <summary>This storage cannot do that, whatever the arguments.</summary>
    Unsupported,

    /// <summary>The caller cancelled.</summary>
    Cancelled,

    /// <summary>The storage did not answer in time or cannot be reached.</summary>
    Unavailable,

    /// <summary>The bytes read are not the bytes that were stored.</summary>
    Corrupt,

    /// <summary>Any other input/output error.</summary>
    Io,
}
