namespace BackupFs.FileSystem.Tests.Model;

/// <summary>An inode of the <see cref="ModelBackup"/>.</summary>
internal sealed class ModelNode(EntryType type, int mode)
{
    public EntryType Type { get; } = type;

    public int Mode { get; set; } = mode;

    /// <summary>A file's bytes (all ASCII), a symbolic link's target.</summary>
    public string Content { get; set; } = "";

    public int Links { get; set; }

    /// <summary>Whether it ever had more than one name.</summary>
    public bool HadLinks { get; set; }

    public SortedDictionary<string, ModelNode> Children { get; } = new(StringComparer.Ordinal);

    public bool IsDirectory => Type == EntryType.Directory;

    public bool IsFile => Type == EntryType.File;
}
