namespace BackupFs.Mount;

/// <summary>Which file contents the kernel may move without us, where the storage gives a local descriptor.</summary>
public enum PassthroughMode
{
    /// <summary>Writes, and reads of files, wherever the kernel lets us.</summary>
    Auto,

    /// <summary>Writes only: every byte read of a complete backup is verified.</summary>
    Writes,

    /// <summary>Nothing.</summary>
    Off,
}
