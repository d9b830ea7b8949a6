namespace BackupFs.FileSystem;

/// <summary>Where an open backup stands.</summary>
internal enum BackupPhase
{
    /// <summary>Takes writes.</summary>
    Open,

    /// <summary>Being ended.</summary>
    Ending,

    /// <summary>Ended.</summary>
    Complete,

    /// <summary>Removed.</summary>
    Aborted,

    /// <summary>Left as it is, for a later resume.</summary>
    Suspended,
}
