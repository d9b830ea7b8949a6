namespace BackupFs.Storage;

/// <summary>
/// What is written last into a backup, as <see cref="FileName"/> in its root: a backup is complete when it is there.
/// </summary>
public sealed record BackupManifest
{
    /// <summary>The manifest's name in a backup's root; reserved there.</summary>
    public const string FileName = ".backupfs.json";

    /// <summary>The version this program writes.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Format version.</summary>
    public required int Format { get; init; }

    /// <summary>When the backup was started.</summary>
    public required Timestamp Started { get; init; }

    /// <summary>When it was ended.</summary>
    public required Timestamp Ended { get; init; }

    /// <summary>The host that ended it.</summary>
    public required string Host { get; init; }

    /// <summary>How it came about.</summary>
    public BackupNotes Notes { get; init; } = BackupNotes.None;

    /// <summary>All entries, ordered by path, ordinal; the root itself (path <c>""</c>) comes first.</summary>
    public required IReadOnlyList<ManifestEntry> Entries { get; init; }
}
