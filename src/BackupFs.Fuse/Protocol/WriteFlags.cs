namespace BackupFs.Fuse;

/// <summary>Flags of WRITE (linux/fuse.h, FUSE_WRITE_*).</summary>
[Flags]
public enum WriteFlags : uint
{
    /// <summary>A write(2) of the calling process.</summary>
    None = 0,

    /// <summary>Pages written back from a mapping; handle and process are guesses.</summary>
    Cache = 1 << 0,

    /// <summary>The lock owner is valid.</summary>
    LockOwner = 1 << 1,

    /// <summary>Clear set-user-id and set-group-id.</summary>
    KillSuidGid = 1 << 2,
}
