namespace BackupFs.WinFsp;

/// <summary>What is to be done when the last handle of an open is closed.</summary>
[Flags]
public enum CleanupFlags : uint
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Delete the file or directory.</summary>
    Delete = 0x01,

    /// <summary>No open of the file is left: reserve no more than its size takes.</summary>
    SetAllocationSize = 0x02,

    /// <summary>It was modified: set the archive attribute.</summary>
    SetArchiveBit = 0x10,

    /// <summary>Set the time of the last access.</summary>
    SetLastAccessTime = 0x20,

    /// <summary>Its content was modified through this open: set the time of the last write.</summary>
    SetLastWriteTime = 0x40,

    /// <summary>Set the time of the last change.</summary>
    SetChangeTime = 0x80,
}
