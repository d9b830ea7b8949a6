namespace BackupFs.Storage;

/// <content>New entries.</content>
public abstract partial class NodeTree
{
    private const int SetGroupId = 0x400;

    /// <inheritdoc/>
    public ValueTask<StorageResult<IBackupFile>> CreateFileAsync(
        string path, FileAccessMode access, NewEntry entry, CancellationToken cancellationToken)
    {
        lock (Gate)
        {
            return Create(path, EntryType.File, entry, 0, null, out var node) is { } error
                ? new(error)
                : new(new StorageResult<IBackupFile>(Open(node, access)));
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<IBackupFile>> CreateUnnamedFileAsync(
        string directory, FileAccessMode access, NewEntry entry, CancellationToken cancellationToken)
    {
        lock (Gate)
        {
            if ((CheckWritable() ?? Find(directory, out _)) is { } error)
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
            return new(new StorageResult<IBackupFile>(Open(node, access)));
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> LinkUnnamedFileAsync(IBackupFile file, string path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        lock (Gate)
        {
            if (NodeOf(file) is not { } node)
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

            node.Names = 1;
            AddName(parent, name, node);
            node.ChangeTime = Now;
            return new(Done.Ok);
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<EntryAttributes>> CreateDirectoryAsync(string path, NewEntry entry, CancellationToken cancellationToken) =>
        CreateEntry(path, EntryType.Directory, entry, 0, null);

    /// <inheritdoc/>
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

    /// <inheritdoc/>
    public ValueTask<StorageResult<EntryAttributes>> CreateNodeAsync(
        string path, EntryType type, uint device, NewEntry entry, CancellationToken cancellationToken) => type switch
        {
            EntryType.Directory or EntryType.SymbolicLink => new(StorageErrorKind.InvalidArgument),
            EntryType.File or EntryType.Fifo or EntryType.Socket => CreateEntry(path, type, entry, 0, null),
            EntryType.BlockDevice or EntryType.CharacterDevice => CreateEntry(path, type, entry, device, null),
        };

    /// <inheritdoc/>
    public ValueTask<StorageResult<EntryAttributes>> LinkAsync(string existingPath, string newPath, CancellationToken cancellationToken)
    {
        lock (Gate)
        {
            if ((CheckWritable() ?? Find(existingPath, out _)) is { } missing)
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

            node.Names++;
            AddName(parent, name, node);
            node.ChangeTime = Now;
            return new(node.ToAttributes());
        }
    }

    private ValueTask<StorageResult<EntryAttributes>> CreateEntry(string path, EntryType type, NewEntry entry, uint device, byte[]? target)
    {
        lock (Gate)
        {
            return new(Create(path, type, entry, device, target, out var node) is { } error ? error : node.ToAttributes());
        }
    }

    private StorageError? Create(string path, EntryType type, NewEntry entry, uint device, byte[]? target, out TreeNode node)
    {
        node = Root;
        if (FindFree(path, out var parent, out var name) is { } error)
        {
            return error;
        }

        node = NewNode(parent, type, entry, device, target);
        AddName(parent, name, node);
        return null;
    }

    private TreeNode NewNode(TreeNode parent, EntryType type, NewEntry entry, uint device, byte[]? target)
    {
        var inherits = (parent.Mode & SetGroupId) != 0;
        var mode = inherits && type == EntryType.Directory ? entry.Mode | SetGroupId : entry.Mode;
        return NewNode(type, mode & 0xFFF, entry.UserId, inherits ? parent.GroupId : entry.GroupId, device, target);
    }

    private StorageError? FindFree(string path, out TreeNode parent, out string name)
    {
        (parent, name) = (Root, "");
        if (path.Length == 0)
        {
            return CheckWritable() ?? new StorageError(StorageErrorKind.AlreadyExists);
        }

        return FindParent(path, out parent, out name)
            ?? (parent.Children.ContainsKey(name) ? new StorageError(StorageErrorKind.AlreadyExists) : null);
    }

    /// <summary>Under the lock: gives a node a name that is free. The caller counts it.</summary>
    protected void AddName(TreeNode parent, string name, TreeNode node)
    {
        ArgumentNullException.ThrowIfNull(parent);
        ArgumentNullException.ThrowIfNull(node);
        parent.Children.Add(name, node);
        parent.TouchContent(Now);
        if (node.Parent is null)
        {
            (node.Parent, node.Name) = (parent, name);
        }

        NamesChanged();
    }
}
