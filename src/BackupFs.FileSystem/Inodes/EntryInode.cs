using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>An entry of a backup, or its root directory.</summary>
public sealed class EntryInode : Inode
{
    private List<EntryName>? _furtherNames;
    private EntryName _name;
    private bool _hasName;
    private string? _path;
    private long _pathVersion = -1;

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

    /// <summary>Open handles, newest last: a file without a name is reached through them. Guarded by the backup's names lock.</summary>
    internal List<OpenFile> OpenFiles { get; } = [];

    /// <summary>Whether it has a name left. Under the backup's names lock.</summary>
    internal bool HasName => IsBackupRoot || _hasName;

    /// <summary>The path within the backup; null when it has no name left. Under the backup's names lock.</summary>
    internal string? Path
    {
        get
        {
            if (IsBackupRoot)
            {
                return "";
            }

            if (!_hasName)
            {
                return null;
            }

            var version = Backup.NamesVersion;
            if (_pathVersion != version || _path is null)
            {
                _path = _name.Parent.Path is { } parent ? BackupPath.Join(parent, _name.Name) : null;
                _pathVersion = version;
            }

            return _path;
        }
    }

    /// <summary>Learns a name; directories have only one. Under the backup's names lock, for writing.</summary>
    internal void AddName(EntryInode parent, string name)
    {
        var added = new EntryName(parent, name);
        if (!_hasName || Type == EntryType.Directory)
        {
            _name = added;
            _hasName = true;
            _path = null;
        }
        else if (_name != added && _furtherNames?.Contains(added) != true)
        {
            (_furtherNames ??= []).Add(added);
        }
    }

    /// <summary>Forgets a name. Under the backup's names lock, for writing.</summary>
    internal void RemoveName(EntryInode parent, string name)
    {
        var removed = new EntryName(parent, name);
        if (_hasName && _name == removed)
        {
            _hasName = _furtherNames is { Count: > 0 };
            _path = null;
            if (_hasName)
            {
                _name = _furtherNames![^1];
                _furtherNames.RemoveAt(_furtherNames.Count - 1);
            }
        }
        else
        {
            _furtherNames?.Remove(removed);
        }
    }

    /// <summary>Whether this name is known to be one of it. Under the backup's names lock.</summary>
    internal bool IsNamed(EntryInode parent, string name)
    {
        var sought = new EntryName(parent, name);
        return _hasName && (_name == sought || _furtherNames?.Contains(sought) == true);
    }

    private readonly record struct EntryName(EntryInode Parent, string Name);
}
