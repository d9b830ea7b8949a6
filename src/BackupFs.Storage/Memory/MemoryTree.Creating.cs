namespace BackupFs.Storage;

/// <content>New entries.</content>
internal sealed partial class MemoryTree
{
    private const int SetGroupId = 0x400;

    public ValueTask<StorageResult<IBackupFile>> CreateFileAsync(
        string path, FileAccessMode access, NewEntry entry, CancellationToken cancellationToken)
    {
        lock (Store.Gate)
        {
            return Create(path, EntryType.File, entry, 0, null, out var node) is { } error
                ? new(error)
                : new(new StorageResult<IBackupFile>(new MemoryFile(handle, node, access)));
        }
    }

    public ValueTask<StorageResult<IBackupFile>> CreateUnnamedFileAsync(
        string directory, FileAccessMode access, NewEntry entry, CancellationToken cancellationToken)
    {
        lock (Store.Gate)
        {
            if ((handle.CheckWritable() ?? Find(directory, out _)) is { } error)
            {
                return new(error);
            }

            Find(directory, out var parent);
            if (!parent.IsDirectory)
            {
                return new(StorageErrorKind.NotADirectory);
            }

            var node = NewNode(parent, EntryType.File, entry, 0, null);
            node.Names = 0;
            return new(new StorageResult<IBackupFile>(new MemoryFile(handle, node, access)));
        }
    }

    public ValueTask<StorageResult<Done>> LinkUnnamedFileAsync(IBackupFile file, string path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        lock (Store.Gate)
        {
            if (file is not MemoryFile { Node: var node, Handle: var owner } || !ReferenceEquals(owner, handle))
            {
                return new(new StorageError(StorageErrorKind.InvalidArgument, "the file is not one of this backup"));
            }

            if (FindFree(path, out var parent, out var name) is { } error)
            {
                return new(error);
            }

            if (node.Names > 0)
            {
                return new(new StorageError(StorageErrorKind.InvalidArgument, "the file has a name already"));
            }

            AddName(parent, name, node);
            node.Names = 1;
            node.ChangeTime = Store.Now;
            return new(Done.Ok);
        }
    }

    public ValueTask<StorageResult<EntryAttributes>> CreateDirectoryAsync(string path, NewEntry entry, CancellationToken cancellationToken) =>
        CreateEntry(path, EntryType.Directory, entry, 0, null);

    public ValueTask<StorageResult<EntryAttributes>> CreateSymbolicLinkAsync(
        string path, ReadOnlyMemory<byte> target, NewEntry entry, CancellationToken cancellationToken)
    {
        if (target.Length is 0 or > BackupPath.MaximumPathBytes || target.Span.Contains((byte)0))
        {
            return new(target.Length > BackupPath.MaximumPathBytes ? StorageErrorKind.NameTooLong : StorageErrorKind.InvalidArgument);
        }

        // The mode of a symbolic link is always 0777 on Linux.
        return CreateEntry(path, EntryType.SymbolicLink, entry with { Mode = 0x1FF }, 0, target.ToArray());
    }

    public ValueTask<StorageResult<EntryAttributes>> CreateNodeAsync(
        string path, EntryType type, uint device, NewEntry entry, CancellationToken cancellationToken) => type switch
        {
            EntryType.Directory or EntryType.SymbolicLink => new(StorageErrorKind.InvalidArgument),
            EntryType.File or EntryType.Fifo or EntryType.Socket => CreateEntry(path, type, entry, 0, null),
            EntryType.BlockDevice or EntryType.CharacterDevice => CreateEntry(path, type, entry, device, null),
        };

    public ValueTask<StorageResult<EntryAttributes>> LinkAsync(string existingPath, string newPath, CancellationToken cancellationToken)
    {
        lock (Store.Gate)
        {
            if ((handle.CheckWritable() ?? Find(existingPath, out _)) is { } missing)
            {
                return new(missing);
            }

            Find(existingPath, out var node);
            if (FindFree(newPath, out var parent, out var name) is { } error)
            {
                return new(error);
            }

            if (node.IsDirectory)
            {
                return new(new StorageError(StorageErrorKind.NotPermitted, "a directory cannot have further hard links"));
            }

            AddName(parent, name, node);
            node.Names++;
            node.ChangeTime = Store.Now;
            return new(node.ToAttributes());
        }
    }

    private ValueTask<StorageResult<EntryAttributes>> CreateEntry(string path, EntryType type, NewEntry entry, uint device, byte[]? target)
    {
        lock (Store.Gate)
        {
            return new(Create(path, type, entry, device, target, out var node) is { } error ? error : node.ToAttributes());
        }
    }

    private StorageError? Create(string path, EntryType type, NewEntry entry, uint device, byte[]? target, out MemoryNode node)
    {
        node = handle.Backup.Root;
        if (FindFree(path, out var parent, out var name) is { } error)
        {
            return error;
        }

        node = NewNode(parent, type, entry, device, target);
        AddName(parent, name, node);
        return null;
    }

    private MemoryNode NewNode(MemoryNode parent, EntryType type, NewEntry entry, uint device, byte[]? target)
    {
        var inherits = (parent.Mode & SetGroupId) != 0;
        var mode = inherits && type == EntryType.Directory ? entry.Mode | SetGroupId : entry.Mode;
        return Store.NewNode(type, mode, entry.UserId ?? 0, inherits ? parent.GroupId : entry.GroupId ?? 0, device, target);
    }

    private StorageError? FindFree(string path, out MemoryNode parent, out string name)
    {
        (parent, name) = (handle.Backup.Root, "");
        if (path.Length == 0)
        {
            return handle.CheckWritable() ?? new StorageError(StorageErrorKind.AlreadyExists);
        }

        return FindParent(path, out parent, out name)
            ?? (parent.Children.ContainsKey(name) ? new StorageError(StorageErrorKind.AlreadyExists) : null);
    }

    private void AddName(MemoryNode parent, string name, MemoryNode node)
    {
        parent.Children.Add(name, node);
        parent.TouchContent(Store.Now);
    }
}
