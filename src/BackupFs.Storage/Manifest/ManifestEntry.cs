namespace BackupFs.Storage;

/// <summary>One entry of a backup in its manifest.</summary>
public sealed record ManifestEntry
{
    /// <summary>Path within the backup; <c>""</c> is the root.</summary>
    public required string Path { get; init; }

    /// <summary>The kind.</summary>
    public required EntryType Type { get; init; }

    /// <summary>0..0o7777.</summary>
    public required int Mode { get; init; }

    /// <summary>Owner.</summary>
    public required uint UserId { get; init; }

    /// <summary>Group.</summary>
    public required uint GroupId { get; init; }

    /// <summary>Last change of the content.</summary>
    public required Timestamp ModifyTime { get; init; }

    /// <summary>Bytes; files only.</summary>
    public long Size { get; init; }

    /// <summary>Device number of device nodes.</summary>
    public uint Device { get; init; }

    /// <summary>The target of a symbolic link, byte for byte.</summary>
    public byte[]? Target { get; init; }

    /// <summary>The path of the first entry (in order) that is the same file, for further hard links to it; these have no checksums.</summary>
    public string? HardLinkTo { get; init; }

    /// <summary>Extended attributes, by name.</summary>
    public IReadOnlyDictionary<string, byte[]>? ExtendedAttributes { get; init; }

    /// <summary>Checksums of the content; files only.</summary>
    public FileChecksums? Checksums { get; init; }
}
