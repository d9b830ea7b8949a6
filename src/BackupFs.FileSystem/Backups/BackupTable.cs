using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>The backups that the mount has in hand: those it writes, and stored ones that somebody refers to. Thread-safe.</summary>
/// <param name="capabilities">Of the storage.</param>
internal sealed class BackupTable(StorageCapabilities capabilities)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Backup> _open = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Backup> _stored = new(StringComparer.Ordinal);

    /// <summary>The backups that this mount writes; a snapshot, ordered by path.</summary>
    public IReadOnlyList<Backup> Open
    {
        get
        {
            lock (_lock)
            {
                return [.. _open.Values.OrderBy(backup => backup.Path, StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>Stored backups with a removal in progress; a snapshot.</summary>
    public IReadOnlyList<Backup> BeingRemoved
    {
        get
        {
            lock (_lock)
            {
                return [.. _stored.Values.Where(backup => backup.Removal is not null)];
            }
        }
    }

    /// <summary>The backups in hand that are not written by this mount; a snapshot.</summary>
    public IReadOnlyList<Backup> Stored
    {
        get
        {
            lock (_lock)
            {
                return [.. _stored.Values];
            }
        }
    }

    public Backup? FindOpen(string directory, string name)
    {
        lock (_lock)
        {
            return _open.GetValueOrDefault(BackupPath.Join(directory, name));
        }
    }

    public Backup? FindOpenByShownName(string directory, string shownName)
    {
        var name = shownName.EndsWith(Backup.PartialSuffix, StringComparison.Ordinal) ? shownName[..^Backup.PartialSuffix.Length] : shownName;
        return FindOpen(directory, name) is { } backup && backup.ShownName == shownName ? backup
            : FindOpen(directory, shownName) is { } other && other.ShownName == shownName ? other
            : null;
    }

    /// <summary>A backup that this mount writes; the table takes one reference.</summary>
    public void AddOpen(Backup backup)
    {
        lock (_lock)
        {
            backup.TryReference();
            _open[backup.Path] = backup;
        }
    }

    /// <summary>
    /// It is no longer written by this mount; a complete one stays in hand as a stored one while somebody refers to it. The
    /// table's reference becomes the caller's.
    /// </summary>
    public void CloseOpen(Backup backup, bool isStored)
    {
        lock (_lock)
        {
            _open.Remove(backup.Path);
            if (isStored)
            {
                _stored[backup.Path] = backup;
            }
        }
    }

    /// <summary>
    /// The stored backup in hand that is the same directory as <paramref name="found"/>; else <paramref name="found"/> itself,
    /// in hand from now on. A backup that was replaced behind our back is a new one. One reference is the caller's.
    /// </summary>
    public Backup AcquireStored(IBackupHandle found, ulong rootFileId, Action<Backup> onUnreferenced)
    {
        lock (_lock)
        {
            var path = BackupPath.Join(found.Directory, found.Name);
            if (_stored.TryGetValue(path, out var known) && IsSame(known, found, rootFileId) && known.TryReference())
            {
                found.Dispose();
                return known;
            }

            var backup = new Backup(found, rootFileId, open: null, isPartial: false, onUnreferenced) { FirstNumber = FirstNumber(path) };
            _stored[path] = backup;
            return backup;
        }
    }

    /// <summary>As <see cref="Backup.FirstNumber"/>, for a backup with this path.</summary>
    public ulong FirstNumber(string path) => capabilities.LocalDescriptors ? 0 : ShownNumbers.OfBackup(path);

    // Without real directories the number of a backup's root may be the same in every backup; two of them were not started at
    // the same moment.
    private bool IsSame(Backup known, IBackupHandle found, ulong rootFileId) =>
        known.RootFileId == rootFileId
        && known.Handle.State == found.State
        && (capabilities.RealDirectories || known.Handle.StartTime == found.StartTime);

    /// <summary>The backup was removed, or nobody refers to it any more.</summary>
    public void Drop(Backup backup)
    {
        lock (_lock)
        {
            if (_stored.TryGetValue(backup.Path, out var known) && known == backup)
            {
                _stored.Remove(backup.Path);
            }
        }
    }
}
