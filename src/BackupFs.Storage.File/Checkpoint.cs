namespace BackupFs.Storage.File;

/// <summary>The steps between which a crash may come, for tests that make it come.</summary>
internal enum Checkpoint
{
    /// <summary>Start: the staging directory is complete, under a random name.</summary>
    StagingPrepared,

    /// <summary>Start: the name is taken.</summary>
    StagingClaimed,

    /// <summary>End: everything is summed.</summary>
    Summed,

    /// <summary>End: every file is durable.</summary>
    FilesSynced,

    /// <summary>End: the manifest is written, outside the tree.</summary>
    ManifestWritten,

    /// <summary>End: the manifest is in the tree.</summary>
    ManifestPlaced,

    /// <summary>End: the tree is durable, manifest included.</summary>
    TreeSynced,

    /// <summary>End: the backup is visible.</summary>
    Visible,

    /// <summary>End: the backup is durably visible.</summary>
    VisibleSynced,

    /// <summary>Abort, remove: it is out of sight, not durably.</summary>
    Trashed,

    /// <summary>Abort, remove: it is durably out of sight.</summary>
    TrashedSynced,

    /// <summary>Abort, remove: a part is deleted.</summary>
    PartlyDeleted,
}
