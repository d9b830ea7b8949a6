namespace BackupFs.FileSystem;

/// <summary>
/// One object of the mounted tree, known by number as long as somebody refers to it: the kernel (lookups), an open
/// handle, or an inode below it. Numbers are never used again.
/// </summary>
public abstract class Inode
{
    private volatile bool _isForgotten;

    private protected Inode(ulong number) => Number = number;

    /// <summary>The number; 1 is the root.</summary>
    public ulong Number { get; }

    /// <summary>How long what was said of this inode's attributes stays true without asking again.</summary>
    public abstract TimeSpan AttributeLifetime { get; }

    /// <summary>How long it stays true that a name does not exist below this directory.</summary>
    public abstract TimeSpan MissingNameLifetime { get; }

    /// <summary>Lookups by the kernel, handles and inodes below; guarded by the <see cref="InodeTable"/>.</summary>
    internal long References { get; set; }

    /// <summary>Nobody refers to it any more; set by the <see cref="InodeTable"/>.</summary>
    internal bool IsForgotten
    {
        get => _isForgotten;
        set => _isForgotten = value;
    }

    /// <summary>The inode above, which this one keeps alive; guarded by the <see cref="InodeTable"/>.</summary>
    internal Inode? Above { get; set; }
}
