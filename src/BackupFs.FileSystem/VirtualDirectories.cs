using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>
/// Directories above the backups that a storage without real directories cannot keep, or shows only once a backup in them
/// is complete: they live in the mount until they are removed. Thread-safe.
/// </summary>
internal sealed class VirtualDirectories(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, EntryAttributes> _directories = new(StringComparer.Ordinal);
    private ulong _lastFileId = 1UL << 62;

    public bool TryGet(string path, out EntryAttributes attributes)
    {
        lock (_lock)
        {
            return _directories.TryGetValue(path, out attributes);
        }
    }

    public EntryAttributes Add(string path, NewEntry entry)
    {
        lock (_lock)
        {
            var now = Timestamp.From(time.GetUtcNow());
            var attributes = new EntryAttributes
            {
                Type = EntryType.Directory,
                FileId = ++_lastFileId,
                Mode = entry.Mode,
                UserId = entry.UserId ?? 0,
                GroupId = entry.GroupId ?? 0,
                Links = 2,
                AccessTime = now,
                ModifyTime = now,
                ChangeTime = now,
                BirthTime = now,
            };
            _directories[path] = attributes;
            return attributes;
        }
    }

    /// <summary>Makes sure that a directory and those above it are there.</summary>
    public void Keep(string path)
    {
        const int Mode = 0x1ED;
        lock (_lock)
        {
            for (; path.Length > 0; path = BackupPath.Parent(path))
            {
                if (!_directories.ContainsKey(path))
                {
                    Add(path, new NewEntry(Mode));
                }
            }
        }
    }

    public bool Change(string path, EntryChanges changes, out EntryAttributes changed)
    {
        lock (_lock)
        {
            if (!_directories.TryGetValue(path, out changed))
            {
                return false;
            }

            changed = changed with
            {
                Mode = changes.Mode ?? changed.Mode,
                UserId = changes.UserId ?? changed.UserId,
                GroupId = changes.GroupId ?? changed.GroupId,
                AccessTime = changes.AccessTime ?? changed.AccessTime,
                ModifyTime = changes.ModifyTime ?? changed.ModifyTime,
                ChangeTime = Timestamp.From(time.GetUtcNow()),
            };
            _directories[path] = changed;
            return true;
        }
    }

    public bool Remove(string path)
    {
        lock (_lock)
        {
            return _directories.Remove(path);
        }
    }

    /// <summary>The names directly under a directory.</summary>
    public IReadOnlyList<(string Name, ulong FileId)> Under(string directory)
    {
        lock (_lock)
        {
            return [.. _directories
                .Where(made => BackupPath.Parent(made.Key) == directory)
                .Select(made => (BackupPath.LastSegment(made.Key), made.Value.FileId))];
        }
    }
}
