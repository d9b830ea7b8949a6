namespace BackupFs.WinFsp;

/// <summary>Why mounting failed.</summary>
public enum WinFspMountFailure
{
    /// <summary>WinFsp is not installed.</summary>
    NotInstalled,

    /// <summary>The version of WinFsp that is installed does not do.</summary>
    Version,

    /// <summary>The driver of WinFsp does not run.</summary>
    NoDriver,

    /// <summary>The drive letter is in use, or the directory exists.</summary>
    MountPointInUse,

    /// <summary>The mount point cannot be one.</summary>
    InvalidMountPoint,

    /// <summary>The system does not permit it.</summary>
    NotPermitted,

    /// <summary>Something else; see the message.</summary>
    Other,
}
