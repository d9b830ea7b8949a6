namespace BackupFs.Fuse;

/// <summary>How a session ended.</summary>
public enum SessionEnding
{
    /// <summary>The file system was unmounted.</summary>
    Unmounted,

    /// <summary>The connection was aborted (umount -f, the abort file of fusectl).</summary>
    Aborted,

    /// <summary>Reading from the kernel failed; the error was logged.</summary>
    Failed,
}
