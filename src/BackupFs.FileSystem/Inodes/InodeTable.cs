using System.Diagnostics.CodeAnalysis;
using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>All inodes by number, and the entries by what the storage calls them. Thread-safe; counts are exact.</summary>
public sealed class InodeTable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, Inode> _byNumber = [];
    private readonly Dictionary<(Backup Backup, ulong FileId), EntryInode> _entries = [];
    private readonly Dictionary<string, DirectoryInode> _directories = new(StringComparer.Ordinal);
    private ulong _lastNumber;

    internal InodeTable()
    {
        Root = new DirectoryInode(++_lastNumber, "", 0) { References = 1 };
        _byNumber.Add(Root.Number, Root);
        _directories.Add("", Root);
    }

    /// <summary>The mount's root, number 1; never forgotten.</summary>
    public DirectoryInode Root { get; }

    /// <summary>How many inodes are known.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _byNumber.Count;
            }
        }
    }

    /// <summary>The inode with a number that somebody refers to.</summary>
    public bool TryGet(ulong number, [NotNullWhen(true)] out Inode? inode)
    {
        lock (_lock)
        {
            return _byNumber.TryGetValue(number, out inode);
        }
    }

    /// <summary>Gives <paramref name="count"/> references back. Unknown inodes and excess counts are ignored.</summary>
    public void Forget(Inode inode, long count = 1)
    {
        List<Backup>? unused = null;
        lock (_lock)
        {
            Release(inode, count, ref unused);
        }

        // Outside the lock: it closes descriptors.
        unused?.ForEach(backup => backup.Release());
    }

    /// <summary>One more reference to an inode that is already referred to.</summary>
    internal void Reference(Inode inode)
    {
        lock (_lock)
        {
            inode.References++;
        }
    }

    internal DirectoryInode AcquireDirectory(DirectoryInode above, string name)
    {
        var path = BackupPath.Join(above.Path, name);
        lock (_lock)
        {
            if (!_directories.TryGetValue(path, out var inode))
            {
                inode = new DirectoryInode(++_lastNumber, path, above.Level + 1) { Above = above };
                above.References++;
                _directories.Add(path, inode);
                _byNumber.Add(inode.Number, inode);
            }

            inode.References++;
            return inode;
        }
    }

    /// <summary>The inode of a backup, which the caller holds a reference of; the inode takes one of its own.</summary>
    internal EntryInode AcquireBackupRoot(DirectoryInode above, Backup backup)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue((backup, backup.RootFileId), out var inode))
            {
                backup.TryReference();
                inode = new EntryInode(++_lastNumber, backup, backup.RootFileId, EntryType.Directory) { IsBackupRoot = true, Above = above };
                Add(inode, above);
            }

            inode.References++;
            return inode;
        }
    }

    /// <summary>The inode of a file; its name is learned by the caller.</summary>
    internal EntryInode AcquireEntry(EntryInode above, in EntryAttributes attributes)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue((above.Backup, attributes.FileId), out var inode) || inode.Type != attributes.Type)
            {
                if (inode is not null)
                {
                    // The storage used the number again for something else: the old inode lives on by its own number only.
                    _entries.Remove((inode.Backup, inode.FileId));
                }

                inode = new EntryInode(++_lastNumber, above.Backup, attributes.FileId, attributes.Type) { Above = above };
                Add(inode, above);
            }

            inode.References++;
            return inode;
        }
    }

    /// <summary>The file lost its last name: the storage may use its FileId again.</summary>
    internal void Detach(EntryInode inode)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue((inode.Backup, inode.FileId), out var current) && current == inode)
            {
                _entries.Remove((inode.Backup, inode.FileId));
            }
        }
    }

    /// <summary>An entry goes by a name in another directory, which it keeps alive from now on; false if that is forgotten.</summary>
    internal bool MoveBelow(EntryInode inode, EntryInode above)
    {
        List<Backup>? unused = null;
        lock (_lock)
        {
            if (above.IsForgotten || inode.IsForgotten)
            {
                return false;
            }

            if (inode.Above is { } before && before != above)
            {
                above.References++;
                inode.Above = above;
                Release(before, 1, ref unused);
            }
        }

        unused?.ForEach(backup => backup.Release());
        return true;
    }

    internal EntryInode? Find(Backup backup, ulong fileId)
    {
        lock (_lock)
        {
            return _entries.GetValueOrDefault((backup, fileId));
        }
    }

    internal DirectoryInode? FindDirectory(string path)
    {
        lock (_lock)
        {
            return _directories.GetValueOrDefault(path);
        }
    }

    private void Add(EntryInode inode, Inode above)
    {
        above.References++;
        _entries.Add((inode.Backup, inode.FileId), inode);
        _byNumber.Add(inode.Number, inode);
    }

    private void Release(Inode? inode, long count, ref List<Backup>? unused)
    {
        // Up the tree, in a loop: a deep path must not become a deep recursion.
        while (inode is not null && inode != Root)
        {
            inode.References -= Math.Min(count, inode.References);
            if (inode.References > 0 || !_byNumber.Remove(inode.Number))
            {
                return;
            }

            inode.IsForgotten = true;
            switch (inode)
            {
                case DirectoryInode directory:
                    _directories.Remove(directory.Path);
                    break;
                case EntryInode entry:
                    if (_entries.TryGetValue((entry.Backup, entry.FileId), out var current) && current == entry)
                    {
                        _entries.Remove((entry.Backup, entry.FileId));
                    }

                    if (entry.IsBackupRoot)
                    {
                        (unused ??= []).Add(entry.Backup);
                    }

                    break;
            }

            (inode, count) = (inode.Above, 1);
        }
    }
}
