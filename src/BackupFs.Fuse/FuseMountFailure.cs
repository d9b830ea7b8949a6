namespace BackupFs.Fuse;

/// <summary>Why mounting or unmounting failed.</summary>
public enum FuseMountFailure
{
    /// <summary>There is no /dev/fuse, or the kernel lacks FUSE.</summary>
    NoDevice,

    /// <summary>fusermount3 is not installed.</summary>
    NoHelper,

    /// <summary>Other users were to have access, which /etc/fuse.conf does not allow.</summary>
    AllowOtherDisabled,

    /// <summary>The mount point does not exist.</summary>
    NoMountpoint,

    /// <summary>The mount point is not a directory.</summary>
    NotDirectory,

    /// <summary>A mount whose file system has died is on the mount point.</summary>
    DeadMount,

    /// <summary>The system does not permit it.</summary>
    NotPermitted,

    /// <summary>The mount is in use.</summary>
    Busy,

    /// <summary>Nothing is mounted there.</summary>
    NotMounted,

    /// <summary>The kernel speaks a protocol that is too old.</summary>
    Protocol,

    /// <summary>Something else; see the message.</summary>
    Other,
}
