namespace BackupFs.FileSystem;

/// <summary>What ends a backup besides the explicit ways, which always do.</summary>
public enum EndPolicy
{
    /// <summary>The settle time without activity, and a clean unmount.</summary>
    Idle,

    /// <summary>Nothing.</summary>
    Manual,

    /// <summary>An fsync of the backup's own directory.</summary>
    Fsync,
}
