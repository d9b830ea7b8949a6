namespace BackupFs.Storage;

/// <summary>What a storage knows of a backup's completeness.</summary>
public enum BackupState
{
    /// <summary>Started by this handle and not ended yet.</summary>
    Open,

    /// <summary>Its manifest is there: whole, checked, immutable.</summary>
    Complete,

    /// <summary>Started by another host or by a process that is gone, and never ended; or named as Vitess names backups, without a <c>MANIFEST</c>.</summary>
    Incomplete,

    /// <summary>Stored by something else: readable, without a manifest of ours.</summary>
    Foreign,
}
