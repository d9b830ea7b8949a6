namespace BackupFs.Storage;

/// <summary>One backup in memory. Not thread-safe: the store's lock guards it.</summary>
internal sealed class MemoryBackup
{
    internal required string Directory { get; init; }

    internal required string Name { get; init; }

    internal required TreeNode Root { get; init; }

    internal required Timestamp StartTime { get; init; }

    /// <summary>Planted by something else than BackupFs.</summary>
    internal bool IsForeign { get; init; }

    /// <summary>The read-write handle of a live process; null when there is none.</summary>
    internal MemoryBackupHandle? Owner { get; set; }

    /// <summary>The manifest's document; the backup is complete when it is there.</summary>
    internal byte[]? Manifest { get; set; }

    internal BackupState State => this switch
    {
        { Manifest: not null } => BackupState.Complete,
        { IsForeign: true } => VitessNames.IsBackupName(Name) && !Root.Children.ContainsKey(VitessNames.ManifestFileName)
            ? BackupState.Incomplete
            : BackupState.Foreign,
        { Owner: not null } => BackupState.Open,
        _ => BackupState.Incomplete,
    };

    /// <summary>All entries, the root first, ordered by path, ordinal.</summary>
    internal List<(string Path, TreeNode Node)> Walk() => Root.Walk();

    /// <summary>What its process had open for writing can no longer be trusted; nobody owns it any more.</summary>
    internal void Abandon()
    {
        foreach (var (_, node) in Walk().Where(entry => entry.Node.Writers > 0))
        {
            (node.IsUnfinished, node.IsRenewed, node.Writers) = (true, false, 0);
        }

        Owner = null;
    }

    internal BackupManifest Describe(Timestamp ended, string host, BackupNotes notes) => new()
    {
        Format = BackupManifest.CurrentFormat,
        Started = StartTime,
        Ended = ended,
        Host = host,
        Notes = notes,
        Entries = Root.Describe(node => MemoryContent.Of(node).Sum()),
    };
}
