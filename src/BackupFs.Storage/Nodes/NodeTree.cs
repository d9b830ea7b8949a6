namespace BackupFs.Storage;

/// <summary>
/// A tree of names and attributes in memory, with Linux's errors: the executable reference of <see cref="IBackupTree"/>, and
/// what object storage keeps of a backup. The bytes are the derived class's affair. Everything happens under one lock.
/// </summary>
public abstract partial class NodeTree : IBackupTree
{
    /// <summary>A tree.</summary>
    /// <param name="gate">Guards it, and whatever the derived class lets it guard.</param>
    protected NodeTree(Lock gate) => Gate = gate;

    /// <summary>Guards the nodes.</summary>
    protected Lock Gate { get; }

    /// <summary>The root; always the same node.</summary>
    protected abstract TreeNode Root { get; }

    /// <summary>The time for changes.</summary>
    protected abstract Timestamp Now { get; }

    /// <summary>Why nothing can be changed, or null. Under the lock.</summary>
    protected abstract StorageError? CheckWritable();

    /// <summary>Makes a node, without a name yet but counting one. Under the lock.</summary>
    protected abstract TreeNode NewNode(EntryType type, int mode, uint? userId, uint? groupId, uint device, byte[]? target);

    /// <summary>Opens a file; counts a writer in the node unless it is only read. Under the lock.</summary>
    protected abstract IBackupFile Open(TreeNode node, FileAccessMode access);

    /// <summary>Gives a file, whose size was checked, a size; also updates its times. Not under the lock.</summary>
    protected abstract ValueTask<StorageResult<Done>> ResizeAsync(TreeNode node, long size, CancellationToken cancellationToken);

    /// <summary>The last step of opening an existing file, not under the lock; disposes the file if it fails.</summary>
    protected virtual ValueTask<StorageResult<IBackupFile>> OpenedAsync(IBackupFile file, string path, CancellationToken cancellationToken) =>
        new(new StorageResult<IBackupFile>(file));

    /// <summary>The node of a file that <see cref="Open"/> made; null if it is not of this tree.</summary>
    protected abstract TreeNode? NodeOf(IBackupFile file);

    /// <summary>The names have changed. Under the lock.</summary>
    protected virtual void NamesChanged()
    {
    }

    /// <summary>A node has lost its last name. Under the lock.</summary>
    protected virtual void Unnamed(TreeNode node)
    {
    }

    /// <summary>The path of a node by the first of its names; null if it has none. Under the lock.</summary>
    protected string? PathOf(TreeNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        if (ReferenceEquals(node, Root))
        {
            return "";
        }

        if (node.Parent is null)
        {
            // The name it was known by is gone; another one may be left.
            return node.Names == 0 ? null : Walk().FirstOrDefault(entry => ReferenceEquals(entry.Node, node)).Path;
        }

        var path = node.Name;
        for (var parent = node.Parent; !ReferenceEquals(parent, Root); parent = parent.Parent)
        {
            if (parent is null)
            {
                return null;
            }

            path = parent.Name + "/" + path;
        }

        return path;
    }

    /// <summary>All entries, the root first, ordered by path, ordinal. Under the lock.</summary>
    protected List<(string Path, TreeNode Node)> Walk() => Root.Walk();

    /// <inheritdoc/>
    public ValueTask<StorageResult<EntryAttributes>> GetAttributesAsync(string path, CancellationToken cancellationToken)
    {
        lock (Gate)
        {
            return new(Find(path, out var node) is { } error ? error : node.ToAttributes());
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<IReadOnlyList<DirectoryEntry>>> ListAsync(string path, CancellationToken cancellationToken)
    {
        lock (Gate)
        {
            if (Find(path, out var node) is { } error)
            {
                return new(error);
            }

            return node.IsDirectory
                ? new(new StorageResult<IReadOnlyList<DirectoryEntry>>(
                    node.Children.List()))
                : new(StorageErrorKind.NotADirectory);
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<byte[]>> ReadLinkAsync(string path, CancellationToken cancellationToken)
    {
        lock (Gate)
        {
            if (Find(path, out var node) is { } error)
            {
                return new(error);
            }

            return node.Target is { } target ? new((byte[])target.Clone()) : new(StorageErrorKind.InvalidArgument);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<StorageResult<IBackupFile>> OpenFileAsync(
        string path, FileAccessMode access, bool truncate, CancellationToken cancellationToken)
    {
        IBackupFile file;
        var node = Root;
        lock (Gate)
        {
            var writes = access != FileAccessMode.Read || truncate;
            if (((writes ? CheckWritable() : null) ?? Find(path, out node)) is { } error)
            {
                return error;
            }

            if (node.Type != EntryType.File)
            {
                return node.IsDirectory
                    ? StorageErrorKind.IsADirectory
                    : new StorageError(StorageErrorKind.InvalidArgument, "only a regular file can be opened");
            }

            file = Open(node, access);
        }

        if (truncate && (await ResizeAsync(node, 0, cancellationToken).ConfigureAwait(false)).Error is { } refusal)
        {
            await file.DisposeAsync().ConfigureAwait(false);
            return refusal;
        }

        return await OpenedAsync(file, path, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Under the lock: finds or makes the parent of a file to be added, and checks that a file can be put there.</summary>
    protected StorageError? PrepareToAdd(string path, out TreeNode parent, out string name)
    {
        (parent, name) = (Root, BackupPath.LastSegment(path));
        if ((BackupPath.Check(path) ?? CheckReserved(path)) is { } error)
        {
            return error;
        }

        var directory = BackupPath.Parent(path);
        foreach (var segment in directory.Length == 0 ? [] : directory.Split('/'))
        {
            if (!parent.Children.TryGetValue(segment, out var child))
            {
                child = NewNode(EntryType.Directory, 0x1ED, null, null, 0, null);
                AddName(parent, segment, child);
            }

            if (!child.IsDirectory)
            {
                return new StorageError(StorageErrorKind.NotADirectory, $"'{BackupPath.Printable(path)}': a parent is a file");
            }

            parent = child;
        }

        return parent.Children.TryGetValue(name, out var old) && old.IsDirectory
            ? new StorageError(StorageErrorKind.IsADirectory, $"'{BackupPath.Printable(path)}' is a directory")
            : null;
    }

    /// <summary>
    /// Puts a new, empty file under a name, in place of a file that may be there: what an earlier, late writer of that name
    /// still does goes to the old one. Under the lock.
    /// </summary>
    protected StorageError? ReplaceFile(string path, out TreeNode node)
    {
        node = Root;
        if (PrepareToAdd(path, out var parent, out var name) is { } error)
        {
            return error;
        }

        if (parent.Children.TryGetValue(name, out var old))
        {
            RemoveName(parent, name, old);
        }

        node = NewNode(EntryType.File, 0x1A4, null, null, 0, null);
        AddName(parent, name, node);
        return null;
    }

    /// <summary>Under the lock. Symbolic links are never followed: one in the middle of a path is not a directory.</summary>
    protected StorageError? Find(string path, out TreeNode node)
    {
        node = Root;
        if (BackupPath.Check(path, allowRoot: true) is { } error)
        {
            return error;
        }

        if (path.Length == 0)
        {
            return null;
        }

        foreach (var segment in path.Split('/'))
        {
            if (!node.IsDirectory)
            {
                return new StorageError(StorageErrorKind.NotADirectory);
            }

            if (!node.Children.TryGetValue(segment, out var child))
            {
                return StorageError.NotFound;
            }

            node = child;
        }

        return null;
    }

    /// <summary>Under the lock: the directory that a name to be changed is in, of a backup that can be changed.</summary>
    protected StorageError? FindParent(string path, out TreeNode parent, out string name)
    {
        (parent, name) = (Root, BackupPath.LastSegment(path));
        return CheckWritable()
            ?? BackupPath.Check(path)
            ?? CheckReserved(path)
            ?? Find(BackupPath.Parent(path), out parent)
            ?? (parent.IsDirectory ? null : new StorageError(StorageErrorKind.NotADirectory));
    }

    private static StorageError? CheckReserved(string path) => path == BackupManifest.FileName
        ? new StorageError(StorageErrorKind.NotPermitted, $"'{BackupManifest.FileName}' is the name of the manifest, which BackupFs writes itself")
        : null;
}
