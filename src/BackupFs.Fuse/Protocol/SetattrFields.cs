namespace BackupFs.Fuse;

/// <summary>Which fields a SETATTR changes (linux/fuse.h, FATTR_*).</summary>
[Flags]
public enum SetattrFields : uint
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The mode.</summary>
    Mode = 1 << 0,

    /// <summary>The owner.</summary>
    UserId = 1 << 1,

    /// <summary>The group.</summary>
    GroupId = 1 << 2,

    /// <summary>The size.</summary>
    Size = 1 << 3,

    /// <summary>The access time.</summary>
    AccessTime = 1 << 4,

    /// <summary>The modification time.</summary>
    ModificationTime = 1 << 5,

    /// <summary>The handle is valid.</summary>
    Handle = 1 << 6,

    /// <summary>The access time becomes the current time.</summary>
    AccessTimeNow = 1 << 7,

    /// <summary>The modification time becomes the current time.</summary>
    ModificationTimeNow = 1 << 8,

    /// <summary>The lock owner is valid.</summary>
    LockOwner = 1 << 9,

    /// <summary>The change time.</summary>
    ChangeTime = 1 << 10,

    /// <summary>Clear set-user-id and set-group-id.</summary>
    KillSuidGid = 1 << 11,
}
