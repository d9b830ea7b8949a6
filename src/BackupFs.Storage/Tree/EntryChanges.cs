namespace BackupFs.Storage;

/// <summary>The attributes to change; null leaves one as it is.</summary>
public readonly record struct EntryChanges
{
    /// <summary>New mode, 0..0o7777.</summary>
    public int? Mode { get; init; }

    /// <summary>New owner.</summary>
    public uint? UserId { get; init; }

    /// <summary>New group.</summary>
    public uint? GroupId { get; init; }

    /// <summary>New size in bytes (truncate or extend with a hole); files only.</summary>
    public long? Size { get; init; }

    /// <summary>New access time.</summary>
    public Timestamp? AccessTime { get; init; }

    /// <summary>New modification time.</summary>
    public Timestamp? ModifyTime { get; init; }
}
