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
    private bool _isLastStep;

    /// <summary>False if it is hidden already.</summary>
    public bool Hide(string path, long now)
    {
        lock (_lock)
        {
            _lastStep = now;
            return _hidden.Add(path);
        }
    }

    public bool IsHidden(string path)
    {
        lock (_lock)
        {
            return _hidden.Contains(path);
        }
    }

    /// <summary>The storage is removing the backup: nothing may appear again meanwhile.</summary>
    public void BeginLastStep()
    {
        lock (_lock)
        {
            _isLastStep = true;
        }
    }

    /// <summary>The storage could not.</summary>
    public void LastStepFailed(long now)
    {
        lock (_lock)
        {
            (_isLastStep, _lastStep) = (false, now);
        }
    }

    /// <summary>Whether the last step was not asked for although nothing has happened for this long.</summary>
    public bool IsStale(TimeProvider time, TimeSpan age)
    {
        lock (_lock)
        {
            return !_isLastStep && time.GetElapsedTime(_lastStep) >= age;
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
