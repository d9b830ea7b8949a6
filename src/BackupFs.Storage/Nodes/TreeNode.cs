namespace BackupFs.Storage;

/// <summary>An inode of a <see cref="NodeTree"/>. Not thread-safe: the tree's lock guards it.</summary>
public sealed class TreeNode
{
    /// <summary>Bytes: beyond this a file cannot grow; sums of offsets stay far from overflowing.</summary>
    public const long MaximumSize = 1L << 60;

    /// <summary>The kind.</summary>
    public required EntryType Type { get; init; }

    /// <summary>As in <see cref="EntryAttributes.FileId"/>.</summary>
    public required ulong FileId { get; init; }

    /// <summary>0..0o7777.</summary>
    public int Mode { get; set; }

    /// <summary>The owner.</summary>
    public uint UserId { get; set; }

    /// <summary>The group.</summary>
    public uint GroupId { get; set; }

    /// <summary>How many names it has; 0 after the last was removed, while it is open.</summary>
    public uint Names { get; set; }

    /// <summary>Of device nodes.</summary>
    public uint Device { get; init; }

    /// <summary>Of symbolic links.</summary>
    public byte[]? Target { get; init; }

    /// <summary>Last read.</summary>
    public Timestamp AccessTime { get; set; }

    /// <summary>Last change of the content.</summary>
    public Timestamp ModifyTime { get; set; }

    /// <summary>Last change of anything.</summary>
    public Timestamp ChangeTime { get; set; }

    /// <summary>Creation.</summary>
    public required Timestamp BirthTime { get; init; }

    /// <summary>The bytes; files only.</summary>
    public INodeContent? Content { get; init; }

    /// <summary>Of directories.</summary>
    public ChildTable Children { get; } = new();

    /// <summary>Extended attributes by name.</summary>
    public SortedDictionary<string, byte[]> Attributes { get; } = new(StringComparer.Ordinal);

    /// <summary>The directory of one of its names; null when that name is gone, and for roots.</summary>
    public TreeNode? Parent { get; set; }

    /// <summary>Its name in <see cref="Parent"/>.</summary>
    public string Name { get; set; } = "";

    /// <summary>How many open files may write it.</summary>
    public int Writers { get; set; }

    /// <summary>The content cannot be trusted: it was being written when the process died, or was marked so.</summary>
    public bool IsUnfinished { get; set; }

    /// <summary>Emptied since it was marked: trusted again when the last writer closes it.</summary>
    public bool IsRenewed { get; set; }

    /// <summary>Whether it has children.</summary>
    public bool IsDirectory => Type == EntryType.Directory;

    /// <summary>What stat(2) tells.</summary>
    public EntryAttributes ToAttributes() => new()
    {
        Type = Type,
        FileId = FileId,
        Mode = Mode,
        UserId = UserId,
        GroupId = GroupId,
        Links = IsDirectory ? 2 + Children.Directories : Names,
        Size = Type == EntryType.SymbolicLink ? Target!.Length : Content?.Size ?? 0,
        AllocatedBytes = Content?.AllocatedBytes ?? 0,
        Device = Device,
        AccessTime = AccessTime,
        ModifyTime = ModifyTime,
        ChangeTime = ChangeTime,
        BirthTime = BirthTime,
    };

    /// <summary>What every file system does when content or names in a directory change.</summary>
    public void TouchContent(Timestamp now) => (ModifyTime, ChangeTime) = (now, now);

    /// <summary>Changes attributes, but for the size, which is the content's affair.</summary>
    public StorageError? Change(EntryChanges changes, Timestamp now)
    {
        if (changes.Mode is { } mode)
        {
            if (Type == EntryType.SymbolicLink)
            {
                return new StorageError(StorageErrorKind.Unsupported, "a symbolic link has no mode of its own");
            }

            Mode = mode & 0xFFF;
        }

        UserId = changes.UserId ?? UserId;
        GroupId = changes.GroupId ?? GroupId;
        AccessTime = changes.AccessTime ?? AccessTime;
        ModifyTime = changes.ModifyTime ?? ModifyTime;
        ChangeTime = now;
        return null;
    }

    /// <summary>This directory and all below it, ordered by path, ordinal.</summary>
    public List<(string Path, TreeNode Node)> Walk()
    {
        var all = new List<(string Path, TreeNode Node)> { ("", this) };
        for (var next = 0; next < all.Count; next++)
        {
            foreach (var (name, child) in all[next].Node.Children)
            {
                all.Add((BackupPath.Join(all[next].Path, name), child));
            }
        }

        all.Sort((left, right) => string.CompareOrdinal(left.Path, right.Path));
        return all;
    }

    /// <summary>
    /// This directory and all below it as a manifest has them. Of a file with several names the first in order has the content;
    /// the others refer to it.
    /// </summary>
    /// <param name="sum">The checksums of a file; asked for once, whatever names it has.</param>
    public List<ManifestEntry> Describe(Func<TreeNode, FileChecksums> sum)
    {
        ArgumentNullException.ThrowIfNull(sum);
        var first = new Dictionary<TreeNode, string>();
        var entries = new List<ManifestEntry>();
        foreach (var (path, node) in Walk())
        {
            var isLink = !node.IsDirectory && !first.TryAdd(node, path);
            entries.Add(new ManifestEntry
            {
                Path = path,
                Type = node.Type,
                Mode = node.Mode,
                UserId = node.UserId,
                GroupId = node.GroupId,
                ModifyTime = node.ModifyTime,
                Size = node.Content?.Size ?? 0,
                Device = node.Device,
                Target = isLink ? null : node.Target,
                HardLinkTo = isLink ? first[node] : null,
                ExtendedAttributes = node.Attributes.Count == 0 ? null : new Dictionary<string, byte[]>(node.Attributes, StringComparer.Ordinal),
                Checksums = isLink || node.Type != EntryType.File ? null : sum(node),
            });
        }

        return entries;
    }

    /// <summary>Whether the entry can be given a size; null if it can.</summary>
    public StorageError? CheckSize(long size)
    {
        if (Type != EntryType.File)
        {
            return new StorageError(IsDirectory ? StorageErrorKind.IsADirectory : StorageErrorKind.InvalidArgument, "only a file has a size to set");
        }

        return size is >= 0 and <= MaximumSize
            ? null
            : new StorageError(size < 0 ? StorageErrorKind.InvalidArgument : StorageErrorKind.FileTooLarge, $"{size} is no possible size");
    }

    /// <summary>The content was given a size.</summary>
    public void Resized(long size, Timestamp now)
    {
        TouchContent(now);
        if (size == 0)
        {
            Renew();
        }
    }

    /// <summary>A descriptor that may write was closed.</summary>
    public void CloseWriter()
    {
        Writers--;
        if (Writers == 0 && IsRenewed)
        {
            (IsUnfinished, IsRenewed) = (false, false);
        }
    }

    private void Renew()
    {
        if (Writers > 0)
        {
            IsRenewed = true;
        }
        else
        {
            IsUnfinished = false;
        }
    }
}
