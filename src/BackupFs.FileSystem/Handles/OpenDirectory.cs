namespace BackupFs.FileSystem;

/// <summary>An open directory: a snapshot of its names, taken when it is read from the start.</summary>
public sealed class OpenDirectory
{
    internal OpenDirectory(Inode inode) => Inode = inode;

    /// <summary>The directory.</summary>
    public Inode Inode { get; }

    /// <summary>The snapshot; position N is the N-th entry, so a name never appears twice or is skipped while others come and go.</summary>
    internal IReadOnlyList<ListedName>? Snapshot { get; set; }
}
