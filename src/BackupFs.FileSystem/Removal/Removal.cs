using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>
/// The removal of a complete backup through the mount, until its last step: what was unlinked is only hidden, and
/// appears again when the final rmdir does not come. Thread-safe.
/// </summary>
internal sealed class Removal
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _hidden = new(StringComparer.Ordinal);
    private long _lastStep;

    public void Hide(string path, long now)
    {
        lock (_lock)
        {
            _hidden.Add(path);
            _lastStep = now;
        }
    }

    public bool IsHidden(string path)
    {
        lock (_lock)
        {
            return _hidden.Contains(path);
        }
    }

    /// <summary>When something was hidden last, as a timestamp of the file system's clock.</summary>
    public long LastStep
    {
        get
        {
            lock (_lock)
            {
                return _lastStep;
            }
        }
    }

    public IReadOnlyList<string> Hidden
    {
        get
        {
            lock (_lock)
            {
                return [.. _hidden];
            }
        }
    }

    public bool AllHidden(string directory, IReadOnlyList<DirectoryEntry> entries)
    {
        lock (_lock)
        {
            foreach (var entry in entries)
            {
                if (!_hidden.Contains(BackupPath.Join(directory, entry.Name)))
                {
                    return false;
                }
            }

            return true;
        }
    }
}
