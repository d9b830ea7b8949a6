using BackupFs.Storage.File.Interop;

namespace BackupFs.Storage.File;

/// <summary>A manifest in memory, with its files by path. Immutable, thread-safe.</summary>
internal sealed class LoadedManifest
{
    private readonly ulong _inode;
    private readonly Timestamp _changed;
    private readonly Dictionary<string, ManifestEntry> _files;

    /// <summary>With what identifies the file it was read from.</summary>
    public LoadedManifest(BackupManifest manifest, in StatxBuffer attributes)
    {
        Manifest = manifest;
        Bytes = (long)attributes.Size;
        _inode = attributes.Inode;
        _changed = attributes.ChangeTime.ToTimestamp();
        _files = manifest.Entries.Where(entry => entry.Type == EntryType.File).ToDictionary(entry => entry.Path, StringComparer.Ordinal);
    }

    /// <summary>The manifest.</summary>
    public BackupManifest Manifest { get; }

    /// <summary>Size of its file: what it costs in memory, but for a factor.</summary>
    public long Bytes { get; }

    /// <summary>Whether it is what the file with these attributes says.</summary>
    public bool IsOf(in StatxBuffer attributes) => attributes.Inode == _inode
        && (long)attributes.Size == Bytes
        && attributes.ChangeTime.ToTimestamp() == _changed;

    /// <summary>The checksums of a file, also of a further hard link; null if the manifest does not know it.</summary>
    public FileChecksums? FindChecksums(string path)
    {
        if (_files.TryGetValue(path, out var entry) && entry.HardLinkTo is { } first)
        {
            _files.TryGetValue(first, out entry);
        }

        return entry?.Checksums;
    }
}
