namespace BackupFs.FileSystem;

/// <summary>A directory above the backups: the root or one at a directory level.</summary>
public sealed class DirectoryInode : Inode
{
    internal DirectoryInode(ulong number, string path, int level)
        : base(number)
    {
        Path = path;
        Level = level;
    }

    /// <summary>Its path in the storage; <c>""</c> is the root.</summary>
    public string Path { get; }

    /// <summary>0 for the root; backups are below the directories of the deepest level.</summary>
    public int Level { get; }

    /// <inheritdoc/>
    public override TimeSpan AttributeLifetime => Lifetimes.Shared;

    /// <inheritdoc/>
    public override TimeSpan MissingNameLifetime => TimeSpan.Zero;
}
