namespace BackupFs.Storage;

/// <summary>
/// The tree of a backup in memory: the executable reference of <see cref="IBackupTree"/>, with Linux's errors. Everything
/// happens under the store's lock.
/// </summary>
internal sealed partial class MemoryTree(MemoryBackupHandle handle) : IBackupTree
{
    private MemoryStore Store => handle.Store;

    public ValueTask<StorageResult<EntryAttributes>> GetAttributesAsync(string path, CancellationToken cancellationToken)
    {
        lock (Store.Gate)
        {
            return new(Find(path, out var node) is { } error ? error : node.ToAttributes());
        }
    }

    public ValueTask<StorageResult<IReadOnlyList<DirectoryEntry>>> ListAsync(string path, CancellationToken cancellationToken)
    {
        lock (Store.Gate)
        {
            if (Find(path, out var node) is { } error)
            {
                return new(error);
            }

            return node.IsDirectory
                ? new(new StorageResult<IReadOnlyList<DirectoryEntry>>(
                    [.. node.Children.Select(child => new DirectoryEntry(child.Key, child.Value.Type, child.Value.FileId))]))
                : new(StorageErrorKind.NotADirectory);
        }
    }

    public ValueTask<StorageResult<byte[]>> ReadLinkAsync(string path, CancellationToken cancellationToken)
    {
        lock (Store.Gate)
        {
            if (Find(path, out var node) is { } error)
            {
                return new(error);
            }

            return node.Target is { } target ? new((byte[])target.Clone()) : new(StorageErrorKind.InvalidArgument);
        }
    }

    public async ValueTask<StorageResult<IBackupFile>> OpenFileAsync(
        string path, FileAccessMode access, bool truncate, CancellationToken cancellationToken)
    {
        MemoryFile file;
        bool isComplete;
        lock (Store.Gate)
        {
            var writes = access != FileAccessMode.Read || truncate;
            if ((writes ? handle.CheckWritable() : null) is { } refusal)
            {
                return refusal;
            }

            if (Find(path, out var node) is { } error)
            {
                return error;
            }

            if (node.Type != EntryType.File)
            {
                return node.IsDirectory
                    ? StorageErrorKind.IsADirectory
                    : new StorageError(StorageErrorKind.InvalidArgument, "only a regular file can be opened");
            }

            file = new MemoryFile(handle, node, access);
            if (truncate)
            {
                node.SetSize(0, Store.Now);
            }

            isComplete = handle.Backup.Manifest is not null;
        }

        return isComplete
            ? await VerifyAsync(file, path, cancellationToken).ConfigureAwait(false)
            : new StorageResult<IBackupFile>(file);
    }

    /// <summary>Under the lock: finds or makes the parent of a file to be added, and checks that a file can be put there.</summary>
    internal StorageError? PrepareToAdd(string path, out MemoryNode parent, out string name)
    {
        (parent, name) = (handle.Backup.Root, BackupPath.LastSegment(path));
        if ((BackupPath.Check(path) ?? CheckReserved(path)) is { } error)
        {
            return error;
        }

        var directory = BackupPath.Parent(path);
        foreach (var segment in directory.Length == 0 ? [] : directory.Split('/'))
        {
            if (!parent.Children.TryGetValue(segment, out var child))
            {
                child = Store.NewNode(EntryType.Directory, 0x1ED);
                parent.Children.Add(segment, child);
                parent.TouchContent(Store.Now);
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

    private async ValueTask<StorageResult<IBackupFile>> VerifyAsync(MemoryFile file, string path, CancellationToken cancellationToken)
    {
        BackupManifest? manifest;
        try
        {
            manifest = await handle.ReadManifestAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException exception)
        {
            return exception.Error;
        }

        return manifest?.FindChecksums(path) is { } checksums
            ? await VerifiedFile.OpenAsync(file, checksums, path, cache: null, cancellationToken).ConfigureAwait(false)
            : new StorageError(StorageErrorKind.Corrupt, $"'{BackupPath.Printable(path)}' is not in the manifest: something else put it there");
    }

    /// <summary>Under the lock. Symbolic links are never followed: one in the middle of a path is not a directory.</summary>
    private StorageError? Find(string path, out MemoryNode node)
    {
        node = handle.Backup.Root;
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
    private StorageError? FindParent(string path, out MemoryNode parent, out string name)
    {
        (parent, name) = (handle.Backup.Root, BackupPath.LastSegment(path));
        return handle.CheckWritable()
            ?? BackupPath.Check(path)
            ?? CheckReserved(path)
            ?? Find(BackupPath.Parent(path), out parent)
            ?? (parent.IsDirectory ? null : new StorageError(StorageErrorKind.NotADirectory));
    }

    private static StorageError? CheckReserved(string path) => path == BackupManifest.FileName
        ? new StorageError(StorageErrorKind.NotPermitted, $"'{BackupManifest.FileName}' is the name of the manifest, which BackupFs writes itself")
        : null;
}
