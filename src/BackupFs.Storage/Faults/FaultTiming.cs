namespace BackupFs.Storage;

/// <summary>Whether an operation that is made to fail takes place.</summary>
public enum FaultTiming
{
    /// <summary>It does not.</summary>
    Before,

    /// <summary>It does, and fails all the same: as when a server's answer is lost.</summary>
    After,
}
