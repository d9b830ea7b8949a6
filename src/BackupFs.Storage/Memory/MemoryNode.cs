namespace BackupFs.Storage;

/// <summary>An inode in memory. Not thread-safe: the store's lock guards it.</summary>
internal sealed class MemoryNode
{
    internal required EntryType Type { get; init; }

    internal required ulong FileId { get; init; }

    internal int Mode { get; set; }

    internal uint UserId { get; set; }

    internal uint GroupId { get; set; }

    internal uint Names { get; set; }

    internal uint Device { get; init; }

    internal byte[]? Target { get; init; }

    internal Timestamp AccessTime { get; set; }

    internal Timestamp ModifyTime { get; set; }

    internal Timestamp ChangeTime { get; set; }

    internal required Timestamp BirthTime { get; init; }

    /// <summary>Of files.</summary>
    internal MemoryContent Content { get; } = new();

    /// <summary>Of directories.</summary>
    internal Dictionary<string, MemoryNode> Children { get; } = new(StringComparer.Ordinal);

    internal SortedDictionary<string, byte[]> Attributes { get; } = new(StringComparer.Ordinal);

    /// <summary>How many open files may write it.</summary>
    internal int Writers { get; set; }

    /// <summary>The content cannot be trusted: it was being written when the process died, or was marked so.</summary>
    internal bool IsUnfinished { get; set; }

    /// <summary>Emptied since it was marked: trusted again when the last writer closes it.</summary>
    internal bool IsRenewed { get; set; }

    internal bool IsDirectory => Type == EntryType.Directory;

    internal EntryAttributes ToAttributes() => new()
    {
        Type = Type,
        FileId = FileId,
        Mode = Mode,
        UserId = UserId,
        GroupId = GroupId,
        Links = IsDirectory ? 2 + (uint)Children.Values.Count(child => child.IsDirectory) : Names,
        Size = Type == EntryType.SymbolicLink ? Target!.Length : Content.Size,
        AllocatedBytes = Content.AllocatedBytes,
        Device = Device,
        AccessTime = AccessTime,
        ModifyTime = ModifyTime,
        ChangeTime = ChangeTime,
        BirthTime = BirthTime,
    };

    /// <summary>What every file system does when content or names in a directory change.</summary>
    internal void TouchContent(Timestamp now) => (ModifyTime, ChangeTime) = (now, now);

    internal StorageError? Change(EntryChanges changes, Timestamp now)
    {
        if (changes.Size is { } size)
        {
            if (Type != EntryType.File)
            {
                return new StorageError(IsDirectory ? StorageErrorKind.IsADirectory : StorageErrorKind.InvalidArgument, "only a file has a size to set");
            }

            if (size is < 0 or > MemoryContent.MaximumSize)
            {
                return new StorageError(size < 0 ? StorageErrorKind.InvalidArgument : StorageErrorKind.FileTooLarge, $"{size} is no possible size");
            }

            SetSize(size, now);
        }

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

    internal void SetSize(long size, Timestamp now)
    {
        Content.SetSize(size);
        TouchContent(now);
        if (size == 0)
        {
            Renew();
        }
    }

    internal void CloseWriter()
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
