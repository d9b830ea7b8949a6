using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>An entry of a backup, or its root directory.</summary>
public sealed class EntryInode : Inode
{
    private readonly Lock _lock = new();
    private List<EntryName>? _furtherNames;
    private List<OpenFile>? _openFiles;
    private EntryName _name;
    private bool _hasName;
    private CachedPath? _path;

    internal EntryInode(ulong number, Backup backup, ulong fileId, EntryType type)
        : base(number)
    {
        Backup = backup;
        FileId = fileId;
        Type = type;
    }

    /// <summary>The backup it belongs to.</summary>
    public Backup Backup { get; }

    /// <summary>As in <see cref="EntryAttributes.FileId"/>.</summary>
    public ulong FileId { get; }

    /// <summary>The kind.</summary>
    public EntryType Type { get; }

    /// <summary>Whether this is the backup's own directory.</summary>
    public bool IsBackupRoot { get; internal init; }

    /// <inheritdoc/>
    public override TimeSpan AttributeLifetime => Backup.EntryLifetime;

    /// <inheritdoc/>
    public override TimeSpan MissingNameLifetime => Backup.EntryLifetime;

    /// <summary>The newest open handle: a file without a name is reached through it.</summary>
    internal OpenFile? NewestHandle
    {
        get
        {
            lock (_lock)
            {
                return _openFiles is { Count: > 0 } files ? files[^1] : null;
            }
        }
    }

    /// <summary>Whether it has a name left. Under the backup's names lock.</summary>
    internal bool HasName => IsBackupRoot || _hasName;

    /// <summary>The directory of the name that <see cref="Path"/> goes by; null for a root and without a name.</summary>
    internal EntryInode? NamedIn
    {
        get
        {
            lock (_lock)
            {
                return _hasName ? _name.Parent : null;
            }
        }
    }

    /// <summary>The path within the backup; null when it has no name left. Under the backup's names lock.</summary>
    internal string? Path
    {
        get
        {
            if (IsBackupRoot)
            {
                return "";
            }

            var version = Backup.NamesVersion;
            if (_path is { } cached && cached.Version == version)
            {
                return cached.Path;
            }

            lock (_lock)
            {
                if (!_hasName || _name.Parent.Path is not { } parent)
                {
                    return null;
                }

                _path = new CachedPath(BackupPath.Join(parent, _name.Name), version);
                return _path.Path;
            }
        }
    }

    internal void AddHandle(OpenFile file)
    {
        lock (_lock)
        {
            (_openFiles ??= []).Add(file);
        }
    }

    internal void RemoveHandle(OpenFile file)
    {
        lock (_lock)
        {
            _openFiles?.Remove(file);
        }
    }

    /// <summary>
    /// Learns a name, which the path goes by from now on; directories have only one. False if it was known. Under the
    /// backup's names lock, for reading at least.
    /// </summary>
    internal bool AddName(EntryInode parent, string name)
    {
        var added = new EntryName(parent, name);
        lock (_lock)
        {
            if (_hasName && (_name == added || _furtherNames?.Contains(added) == true))
            {
                return false;
            }

            if (_hasName && Type != EntryType.Directory)
            {
                (_furtherNames ??= []).Add(_name);
            }

            (_name, _hasName, _path) = (added, true, null);
            return true;
        }
    }

    /// <summary>Forgets a name. Under the backup's names lock, for a change.</summary>
    internal void RemoveName(EntryInode parent, string name)
    {
        var removed = new EntryName(parent, name);
        lock (_lock)
        {
            _furtherNames?.Remove(removed);
            if (_hasName && _name == removed)
            {
                TakeFurtherName();
            }
        }
    }

    /// <summary>Forgets what it is called in a directory that nobody refers to: nobody told that directory of renames.</summary>
    internal void RemoveNamesIn(EntryInode parent)
    {
        lock (_lock)
        {
            _furtherNames?.RemoveAll(further => further.Parent == parent);
            if (_hasName && _name.Parent == parent)
            {
                TakeFurtherName();
            }
        }
    }

    private void TakeFurtherName()
    {
        _hasName = _furtherNames is { Count: > 0 };
        _path = null;
        if (_hasName)
        {
            _name = _furtherNames![^1];
            _furtherNames.RemoveAt(_furtherNames.Count - 1);
        }
    }

    private readonly record struct EntryName(EntryInode Parent, string Name);

    /// <summary>One object, so that it is seen whole by readers without a lock.</summary>
    private sealed record CachedPath(string Path, long Version);
}
