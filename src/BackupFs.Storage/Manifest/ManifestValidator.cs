namespace BackupFs.Storage;

/// <summary>
/// What a manifest may say, checked entry by entry in order, by its writer and by its reader. Sentences, or null when all is well.
/// </summary>
internal sealed class ManifestValidator
{
    private readonly Dictionary<string, ManifestEntry> _entries = new(StringComparer.Ordinal);
    private string? _previous;

    internal string? Check(ManifestEntry entry)
    {
        var problem = CheckPath(entry) ?? CheckAttributes(entry) ?? CheckContent(entry);
        if (problem is not null)
        {
            return $"entry '{BackupPath.Printable(entry.Path)}': {problem}";
        }

        _previous = entry.Path;
        _entries.Add(entry.Path, entry);
        return null;
    }

    internal string? CheckEnd() => _previous is null ? "it has no entries, not even the backup's root" : null;

    private string? CheckPath(ManifestEntry entry)
    {
        if (_previous is null)
        {
            return entry is { Path: "", Type: EntryType.Directory } ? null : "the first entry must be the root directory, with an empty path";
        }

        if (BackupPath.Check(entry.Path) is { } error)
        {
            return error.Message;
        }

        if (string.CompareOrdinal(_previous, entry.Path) >= 0)
        {
            return "entries must be in ascending order, each path once";
        }

        if (entry.Path == BackupManifest.FileName)
        {
            return "this name is the manifest's own";
        }

        return _entries.TryGetValue(BackupPath.Parent(entry.Path), out var parent) && parent.Type == EntryType.Directory
            ? null
            : "its parent is not a directory of the backup";
    }

    private static string? CheckAttributes(ManifestEntry entry)
    {
        if (entry.Mode is < 0 or > 0xFFF)
        {
            return "the mode is not in 0..07777";
        }

        if (entry.ModifyTime.Nanoseconds > 999_999_999)
        {
            return "the nanoseconds of the time are not in 0..999999999";
        }

        foreach (var name in entry.ExtendedAttributes?.Keys ?? [])
        {
            if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal))
            {
                return "an extended attribute has no valid name";
            }

            try
            {
                ManifestText.StrictUtf8.GetByteCount(name);
            }
            catch (System.Text.EncoderFallbackException)
            {
                return "an extended attribute's name is not valid Unicode";
            }
        }

        return null;
    }

    private string? CheckContent(ManifestEntry entry)
    {
        if ((entry.Target is not null) != (entry.Type == EntryType.SymbolicLink && entry.HardLinkTo is null))
        {
            return "symbolic links, and nothing else, have a target";
        }

        if (entry.Target is { } target && (target.Length is 0 or > BackupPath.MaximumPathBytes || target.Contains((byte)0)))
        {
            return $"a target has 1..{BackupPath.MaximumPathBytes} bytes, none of them zero";
        }

        if (entry.Type is not (EntryType.BlockDevice or EntryType.CharacterDevice) && entry.Device != 0)
        {
            return "only device nodes have a device number";
        }

        if (entry.Size < 0 || (entry.Type != EntryType.File && entry.Size != 0))
        {
            return "only files have a size, and none is negative";
        }

        return entry.HardLinkTo is { } link ? CheckHardLink(entry, link) : CheckChecksums(entry);
    }

    private string? CheckHardLink(ManifestEntry entry, string link)
    {
        if (entry.Type == EntryType.Directory || entry.Checksums is not null)
        {
            return "a further hard link is no directory and has no checksums of its own";
        }

        return _entries.TryGetValue(link, out var first) && first.HardLinkTo is null && first.Type == entry.Type && first.Size == entry.Size
            ? null
            : "it is a hard link to something that is not an earlier entry of the same type and size";
    }

    private static string? CheckChecksums(ManifestEntry entry)
    {
        if ((entry.Checksums is not null) != (entry.Type == EntryType.File))
        {
            return "files, and nothing else, have checksums";
        }

        return entry.Checksums switch
        {
            null => null,
            { } sums when sums.Size != entry.Size => "its checksums cover another size",
            { } sums when sums.Sha256.Length != 32 => "a SHA-256 has 32 bytes",
            { } sums when !FileChecksums.IsValidBlockSize(sums.BlockSize) =>
                $"the block size is not a power of two in {FileChecksums.MinimumBlockSize}..{FileChecksums.MaximumBlockSize}",
            { } sums when sums.BlockCount != FileChecksums.CountBlocks(sums.Size, sums.BlockSize) =>
                $"{sums.BlockCount} block checksums do not cover {sums.Size} bytes",
            _ => null,
        };
    }
}
