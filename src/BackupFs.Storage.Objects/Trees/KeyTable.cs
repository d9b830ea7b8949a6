using System.Globalization;

namespace BackupFs.Storage.Objects;

/// <summary>
/// Which keys of an open backup hold, or are about to hold, whose content. A key is given away again only after the object of its
/// last owner was deleted: a late deletion must never hit somebody else's object. Thread-safe.
/// </summary>
/// <param name="provisionalPrefix">Of keys for content whose own key is not free.</param>
/// <param name="objectsAreFiles">As <see cref="ObjectStoreLimits.ObjectsAreFiles"/>: a key is not free while one below or above it is taken.</param>
/// <param name="delete">Deletes an object in the background and then calls <see cref="Deleted"/> or <see cref="NotDeleted"/>.</param>
internal sealed class KeyTable(string provisionalPrefix, bool objectsAreFiles, Action<string> delete)
{
    private static readonly object BeingDeleted = new();

    private readonly Lock _gate = new();
    private readonly Dictionary<string, object> _users = new(StringComparer.Ordinal);

    /// <summary>Of each directory with taken keys in or below it, how many those are; empty unless objects are files.</summary>
    private readonly Dictionary<string, int> _below = new(StringComparer.Ordinal);
    private readonly HashSet<string> _notDeleted = new(StringComparer.Ordinal);
    private int _lastProvisional;

    /// <summary>Keys whose deletion has failed.</summary>
    internal IReadOnlyList<string> Leftovers
    {
        get
        {
            lock (_gate)
            {
                return [.. _notDeleted];
            }
        }
    }

    /// <summary>Whether objects are being deleted whose keys are not free yet.</summary>
    internal bool HasDeletions
    {
        get
        {
            lock (_gate)
            {
                return _users.Values.Any(user => ReferenceEquals(user, BeingDeleted));
            }
        }
    }

    /// <summary>The wanted key if nobody else has it, and a provisional one otherwise.</summary>
    internal string Choose(object user, string? wanted)
    {
        lock (_gate)
        {
            if (wanted is not null && TryTakeLocked(user, wanted))
            {
                return wanted;
            }

            var key = provisionalPrefix + (++_lastProvisional).ToString(CultureInfo.InvariantCulture);
            SetLocked(key, user);
            return key;
        }
    }

    /// <summary>Whether a key is one for content whose own key is not free.</summary>
    internal bool IsProvisional(string key) => key.StartsWith(provisionalPrefix, StringComparison.Ordinal);

    /// <summary>Takes a key if nobody else has it.</summary>
    internal bool TryTake(object user, string key)
    {
        lock (_gate)
        {
            return TryTakeLocked(user, key);
        }
    }

    /// <summary>The object under a key is wanted no more.</summary>
    internal void Retire(string key)
    {
        lock (_gate)
        {
            SetLocked(key, BeingDeleted);
        }

        delete(key);
    }

    /// <summary>Nothing was stored under a key that was taken.</summary>
    internal void GiveBack(object user, string key)
    {
        lock (_gate)
        {
            if (_users.TryGetValue(key, out var present) && ReferenceEquals(present, user))
            {
                RemoveLocked(key);
            }
        }
    }

    /// <summary>A retired object is gone.</summary>
    internal void Deleted(string key)
    {
        lock (_gate)
        {
            RemoveLocked(key);
            _notDeleted.Remove(key);
        }
    }

    /// <summary>A retired object could not be deleted: its key stays taken until somebody tries again.</summary>
    internal void NotDeleted(string key)
    {
        lock (_gate)
        {
            _notDeleted.Add(key);
        }
    }

    /// <summary>After a resume: provisional keys up to this number are taken.</summary>
    internal void SkipProvisional(IEnumerable<string> keys)
    {
        lock (_gate)
        {
            foreach (var key in keys)
            {
                if (key.StartsWith(provisionalPrefix, StringComparison.Ordinal)
                    && int.TryParse(key.AsSpan(provisionalPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                {
                    _lastProvisional = Math.Max(_lastProvisional, number);
                }
            }
        }
    }

    private bool TryTakeLocked(object user, string key)
    {
        if (_users.TryGetValue(key, out var present) ? !ReferenceEquals(present, user) : objectsAreFiles && IsInTheWayLocked(key))
        {
            return false;
        }

        SetLocked(key, user);
        return true;
    }

    /// <summary>Whether a file of this name cannot be because of one below it, or of one that would have to be a directory.</summary>
    private bool IsInTheWayLocked(string key) => _below.ContainsKey(key) || Above(key).Any(_users.ContainsKey);

    private void SetLocked(string key, object user)
    {
        if (!_users.ContainsKey(key))
        {
            CountLocked(key, 1);
        }

        _users[key] = user;
    }

    private void RemoveLocked(string key)
    {
        if (_users.Remove(key))
        {
            CountLocked(key, -1);
        }
    }

    private void CountLocked(string key, int change)
    {
        if (!objectsAreFiles)
        {
            return;
        }

        foreach (var directory in Above(key))
        {
            var count = _below.GetValueOrDefault(directory) + change;
            if (count == 0)
            {
                _below.Remove(directory);
            }
            else
            {
                _below[directory] = count;
            }
        }
    }

    private static IEnumerable<string> Above(string key)
    {
        for (var path = BackupPath.Parent(key); path.Length > 0; path = BackupPath.Parent(path))
        {
            yield return path;
        }
    }
}
