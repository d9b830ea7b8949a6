namespace BackupFs.FileSystem;

/// <summary>Why an operation failed, in a file system's words. Each platform maps it once: to errno, to NTSTATUS.</summary>
public enum FsError
{
    /// <summary>It did not fail.</summary>
    None,

    /// <summary>No such name.</summary>
    NotFound,

    /// <summary>The name is taken.</summary>
    AlreadyExists,

    /// <summary>A directory is not empty.</summary>
    NotEmpty,

    /// <summary>Not a directory.</summary>
    NotADirectory,

    /// <summary>A directory.</summary>
    IsADirectory,

    /// <summary>The arguments make no sense.</summary>
    InvalidArgument,

    /// <summary>A name that no storage can keep: control characters, invalid UTF-8.</summary>
    InvalidName,

    /// <summary>A name or path is too long.</summary>
    NameTooLong,

    /// <summary>The storage denies access.</summary>
    AccessDenied,

    /// <summary>Never allowed here.</summary>
    NotPermitted,

    /// <summary>The backup is complete, or the mount read-only.</summary>
    ReadOnly,

    /// <summary>No space is left.</summary>
    NoSpace,

    /// <summary>The quota is used up.</summary>
    QuotaExceeded,

    /// <summary>The file would become too large.</summary>
    FileTooLarge,

    /// <summary>Too many hard links.</summary>
    TooManyLinks,

    /// <summary>No descriptors are left.</summary>
    TooManyOpenFiles,

    /// <summary>In use: files are still open, or the backup is being ended.</summary>
    Busy,

    /// <summary>No such extended attribute.</summary>
    NoAttribute,

    /// <summary>No data or hole there.</summary>
    NoSuchOffset,

    /// <summary>Not supported for this file or storage.</summary>
    Unsupported,

    /// <summary>Across two backups or above them: the caller has to copy.</summary>
    CrossDevice,

    /// <summary>The handle does not allow that.</summary>
    BadHandle,

    /// <summary>The file is gone.</summary>
    Stale,

    /// <summary>The caller was interrupted.</summary>
    Interrupted,

    /// <summary>The storage cannot be reached in time.</summary>
    Unavailable,

    /// <summary>Stored bytes are not what they were: refused rather than returned.</summary>
    Corrupt,

    /// <summary>Any other input/output error; also the refusal to end a backup that is not whole.</summary>
    Io,
}
