namespace BackupFs.Fuse;

/// <summary>How a session ended.</summary>
public enum SessionEnding
{
    /// <summary>The file system was unmounted, also by force from outside (umount -f).</summary>
    Unmounted,

    /// <summary>The connection was aborted (<see cref="FuseSession.AbortAsync"/>, the abort file of fusectl).</summary>
    Aborted,

    /// <summary>Reading from the kernel failed; the error was logged.</summary>
    Failed,
}
