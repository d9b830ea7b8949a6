namespace BackupFs.Storage;

/// <summary>What stat(2) tells of an entry.</summary>
public readonly record struct EntryAttributes
{
    /// <summary>The kind.</summary>
    public required EntryType Type { get; init; }

    /// <summary>
    /// Identifies the file within its backup for as long as it exists, whatever its name: hard links share it, a rename
    /// keeps it. Never 0.
    /// </summary>
    public required ulong FileId { get; init; }

    /// <summary>Permission bits, set-id and sticky bits: 0..0o7777.</summary>
    public int Mode { get; init; }

    /// <summary>The owner's number.</summary>
    public uint UserId { get; init; }

    /// <summary>The group's number.</summary>
    public uint GroupId { get; init; }

    /// <summary>How many names the file has; at least 1 while it has a name.</summary>
    public uint Links { get; init; }

    /// <summary>Bytes; for a symbolic link, of its target.</summary>
    public long Size { get; init; }

    /// <summary>Bytes that occupy space, holes not counted.</summary>
    public long AllocatedBytes { get; init; }

    /// <summary>Device number of a device node, as the kernel encodes it; otherwise 0.</summary>
    public uint Device { get; init; }

    /// <summary>Last read, if the storage keeps it.</summary>
    public Timestamp AccessTime { get; init; }

    /// <summary>Last change of the content.</summary>
    public Timestamp ModifyTime { get; init; }

    /// <summary>Last change of content or attributes.</summary>
    public Timestamp ChangeTime { get; init; }

    /// <summary>Creation, or the epoch where unknown.</summary>
    public Timestamp BirthTime { get; init; }
}
