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

    /// <summary>The regular files; hard links to one file count as one.</summary>
    public IEnumerable<ManifestEntry> Files() => Entries.Where(static entry => entry is { Type: EntryType.File, HardLinkTo: null });

    /// <summary>The entry of a path, found by binary search in <see cref="Entries"/>; null if there is none.</summary>
    public ManifestEntry? Find(string path)
    {
        var (low, high) = (0, Entries.Count - 1);
        while (low <= high)
        {
            var middle = low + ((high - low) / 2);
            var order = string.CompareOrdinal(Entries[middle].Path, path);
            if (order == 0)
            {
                return Entries[middle];
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return null;
    }

    /// <summary>The checksums of a file by any of its names, also by a further hard link; null if there is no such file.</summary>
    public FileChecksums? FindChecksums(string path) =>
        Find(path) is { } entry ? entry.HardLinkTo is { } first ? Find(first)?.Checksums : entry.Checksums : null;
}
