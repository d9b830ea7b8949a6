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
    private readonly Dictionary<string, int> _uses = new(StringComparer.Ordinal);
    private ulong _lastFileId = 1UL << 62;

    public bool TryGet(string path, out EntryAttributes attributes)
    {
        lock (_lock)
        {
            return _directories.TryGetValue(path, out attributes);
        }
    }

    /// <summary>Makes a directory; false if it is there.</summary>
    public bool TryAdd(string path, NewEntry entry, out EntryAttributes attributes)
    {
        lock (_lock)
        {
            if (_directories.TryGetValue(path, out attributes))
            {
                return false;
            }

            var now = Timestamp.From(time.GetUtcNow());
            attributes = new EntryAttributes
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
            return true;
        }
    }

    /// <summary>
    /// A backup is being started in a directory: makes sure that it and those above it are there, and that it is not removed
    /// until the result is disposed of.
    /// </summary>
    public IDisposable Use(string path)
    {
        const int Mode = 0x1ED;
        lock (_lock)
        {
            _uses[path] = _uses.GetValueOrDefault(path) + 1;
            for (var above = path; above.Length > 0; above = BackupPath.Parent(above))
            {
                TryAdd(above, new NewEntry(Mode), out _);
            }
        }

        return new UseOfDirectory(this, path);
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

    /// <summary>Removes a directory that nothing is in.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="holdsBackups">Whether a backup is open in it; asked under the lock.</param>
    public StorageErrorKind? Remove(string path, Func<bool> holdsBackups)
    {
        lock (_lock)
        {
            return _uses.ContainsKey(path) || holdsBackups() || _directories.Keys.Any(made => BackupPath.Parent(made) == path) ? StorageErrorKind.NotEmpty
                : _directories.Remove(path) ? null
                : StorageErrorKind.NotFound;
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

    private sealed class UseOfDirectory(VirtualDirectories all, string path) : IDisposable
    {
        public void Dispose()
        {
            lock (all._lock)
            {
                if (--all._uses[path] == 0)
                {
                    all._uses.Remove(path);
                }
            }
        }
    }
}
