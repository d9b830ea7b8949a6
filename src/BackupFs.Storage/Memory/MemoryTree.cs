namespace BackupFs.Storage;

/// <summary>The tree of a backup of <see cref="MemoryStorage"/>. Everything happens under the store's lock.</summary>
internal sealed class MemoryTree(MemoryBackupHandle handle) : NodeTree(handle.Store.Gate)
{
    protected override TreeNode Root => handle.Backup.Root;

    protected override Timestamp Now => handle.Store.Now;

    protected override StorageError? CheckWritable() => handle.CheckWritable();

    protected override TreeNode NewNode(EntryType type, int mode, uint? userId, uint? groupId, uint device, byte[]? target) =>
        handle.Store.NewNode(type, mode, userId ?? 0, groupId ?? 0, device, target);

    protected override IBackupFile Open(TreeNode node, FileAccessMode access) => new MemoryFile(handle, this, node, access);

    protected override TreeNode? NodeOf(IBackupFile file) =>
        file is MemoryFile { Node: var node, Handle: var owner } && ReferenceEquals(owner, handle) ? node : null;

    protected override ValueTask<StorageResult<Done>> ResizeAsync(TreeNode node, long size, CancellationToken cancellationToken)
    {
        lock (Gate)
        {
            MemoryContent.Of(node).SetSize(size);
            node.Resized(size, Now);
        }

        return new(Done.Ok);
    }

    protected override ValueTask<StorageResult<IBackupFile>> OpenedAsync(IBackupFile file, string path, CancellationToken cancellationToken)
    {
        lock (Gate)
        {
            if (handle.Backup.Manifest is null)
            {
                return new(new StorageResult<IBackupFile>(file));
            }
        }

        return VerifyAsync(file, path, cancellationToken);
    }

    /// <summary>Changes an open file's attributes.</summary>
    internal ValueTask<StorageResult<EntryAttributes>> ChangeNodeAsync(TreeNode node, EntryChanges changes, CancellationToken cancellationToken) =>
        ChangeAsync(node, changes, cancellationToken);

    /// <summary>As <see cref="NodeTree.ReplaceFile"/>.</summary>
    internal StorageError? Replace(string path, out TreeNode node) => ReplaceFile(path, out node);

    private async ValueTask<StorageResult<IBackupFile>> VerifyAsync(IBackupFile file, string path, CancellationToken cancellationToken)
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
}
