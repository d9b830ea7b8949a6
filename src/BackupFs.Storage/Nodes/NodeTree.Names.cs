namespace BackupFs.Storage;

/// <content>Renames and removals.</content>
public abstract partial class NodeTree
{
    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> RenameAsync(string path, string newPath, RenameMode mode, CancellationToken cancellationToken)
    {
        lock (Gate)
        {
            return new(Rename(path, newPath, mode) is { } error ? error : Done.Ok);
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> UnlinkAsync(string path, CancellationToken cancellationToken)
    {
        lock (Gate)
        {
            if (path.Length == 0)
            {
                return new(CheckWritable() ?? new StorageError(StorageErrorKind.IsADirectory));
            }

            if (FindNamed(path, out var parent, out var name, out var node) is { } error)
            {
                return new(error);
            }

            if (node.IsDirectory)
            {
                return new(StorageErrorKind.IsADirectory);
            }

            RemoveName(parent, name, node);
            return new(Done.Ok);
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> RemoveDirectoryAsync(string path, CancellationToken cancellationToken)
    {
        lock (Gate)
        {
            if (path.Length == 0)
            {
                return new(CheckWritable() ?? new StorageError(StorageErrorKind.Busy, "the root of a backup cannot be removed"));
            }

            if (FindNamed(path, out var parent, out var name, out var node) is { } error)
            {
                return new(error);
            }

            if (!node.IsDirectory || node.Children.Count > 0)
            {
                return new(node.IsDirectory ? StorageErrorKind.NotEmpty : StorageErrorKind.NotADirectory);
            }

            RemoveName(parent, name, node);
            return new(Done.Ok);
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> SyncDirectoryAsync(string path, CancellationToken cancellationToken)
    {
        lock (Gate)
        {
            if (Find(path, out var node) is { } error)
            {
                return new(error);
            }

            if (!node.IsDirectory)
            {
                return new(StorageErrorKind.NotADirectory);
            }
        }

        return SyncNamesAsync(cancellationToken);
    }

    /// <summary>Returns when names and attributes as they are now survive the death of the process. Not under the lock.</summary>
    protected virtual ValueTask<StorageResult<Done>> SyncNamesAsync(CancellationToken cancellationToken) => new(Done.Ok);

    /// <summary>In the order in which Linux finds errors: names, NOREPLACE, loops, types, emptiness.</summary>
    private StorageError? Rename(string path, string newPath, RenameMode mode)
    {
        if (path.Length == 0 || newPath.Length == 0)
        {
            return CheckWritable() ?? new StorageError(StorageErrorKind.Busy, "the root of a backup cannot be renamed");
        }

        if ((FindNamed(path, out var from, out var name, out var node) ?? FindParent(newPath, out _, out _)) is { } error)
        {
            return error;
        }

        FindParent(newPath, out var to, out var newName);
        to.Children.TryGetValue(newName, out var target);
        if (mode == RenameMode.NoReplace && target is not null)
        {
            return new StorageError(StorageErrorKind.AlreadyExists);
        }

        if (mode == RenameMode.Exchange && target is null)
        {
            return StorageError.NotFound;
        }

        if (newPath.StartsWith(path + "/", StringComparison.Ordinal))
        {
            return new StorageError(StorageErrorKind.InvalidArgument, "a directory cannot be moved into itself");
        }

        if (path.StartsWith(newPath + "/", StringComparison.Ordinal))
        {
            return new StorageError(mode == RenameMode.Exchange ? StorageErrorKind.InvalidArgument : StorageErrorKind.NotEmpty);
        }

        // POSIX: two names of the same file are both left as they are.
        if (ReferenceEquals(target, node))
        {
            return null;
        }

        if (mode == RenameMode.Exchange)
        {
            from.Children.Remove(name);
            to.Children.Remove(newName);
            from.Children.Add(name, target!);
            to.Children.Add(newName, node);
            Rename(node, from, name, to, newName);
            Rename(target!, to, newName, from, name);
            target!.ChangeTime = Now;
        }
        else
        {
            if (target is not null)
            {
                if (CheckReplace(node, target) is { } refusal)
                {
                    return refusal;
                }

                RemoveName(to, newName, target);
            }

            from.Children.Remove(name);
            to.Children.Add(newName, node);
            Rename(node, from, name, to, newName);
        }

        from.TouchContent(Now);
        to.TouchContent(Now);
        node.ChangeTime = Now;
        NamesChanged();
        return null;

        static void Rename(TreeNode node, TreeNode from, string name, TreeNode to, string newName)
        {
            if (ReferenceEquals(node.Parent, from) && node.Name == name)
            {
                (node.Parent, node.Name) = (to, newName);
            }
        }
    }

    private static StorageError? CheckReplace(TreeNode node, TreeNode target)
    {
        if (node.IsDirectory != target.IsDirectory)
        {
            return new StorageError(node.IsDirectory ? StorageErrorKind.NotADirectory : StorageErrorKind.IsADirectory);
        }

        return target.Children.Count > 0 ? new StorageError(StorageErrorKind.NotEmpty) : null;
    }

    private StorageError? FindNamed(string path, out TreeNode parent, out string name, out TreeNode node)
    {
        node = Root;
        return FindParent(path, out parent, out name)
            ?? (parent.Children.TryGetValue(name, out node!) ? null : StorageError.NotFound);
    }

    /// <summary>Under the lock: takes a name away.</summary>
    protected void RemoveName(TreeNode parent, string name, TreeNode node)
    {
        ArgumentNullException.ThrowIfNull(parent);
        ArgumentNullException.ThrowIfNull(node);
        parent.Children.Remove(name);
        parent.TouchContent(Now);
        node.Names--;
        node.ChangeTime = Now;
        if (ReferenceEquals(node.Parent, parent) && node.Name == name)
        {
            node.Parent = null;
        }

        NamesChanged();
        if (node.Names == 0)
        {
            Unnamed(node);
        }
    }
}
