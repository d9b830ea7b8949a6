namespace BackupFs.Storage;

/// <summary>How a file is opened. Every write-capable mode is a write for the life cycle of the backup.</summary>
public enum FileAccessMode
{
    /// <summary>Reading only.</summary>
    Read,

    /// <summary>Writing only. The storage may still read back what was written, to checksum it.</summary>
    Write,

    /// <summary>Both.</summary>
    ReadWrite,
}
