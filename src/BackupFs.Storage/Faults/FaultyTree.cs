namespace BackupFs.Storage;

/// <summary>The tree of a <see cref="FaultyHandle"/>.</summary>
internal sealed class FaultyTree(IBackupTree inner, FaultPlan plan) : IBackupTree
{
    public ValueTask<StorageResult<EntryAttributes>> GetAttributesAsync(string path, CancellationToken cancellationToken) =>
        plan.RunAsync("Tree.GetAttributes", path, () => inner.GetAttributesAsync(path, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<IReadOnlyList<DirectoryEntry>>> ListAsync(string path, CancellationToken cancellationToken) =>
        plan.RunAsync("Tree.List", path, () => inner.ListAsync(path, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<byte[]>> ReadLinkAsync(string path, CancellationToken cancellationToken) =>
        plan.RunAsync("Tree.ReadLink", path, () => inner.ReadLinkAsync(path, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<IBackupFile>> OpenFileAsync(
        string path, FileAccessMode access, bool truncate, CancellationToken cancellationToken) =>
        OpenAsync("Tree.OpenFile", path, () => inner.OpenFileAsync(path, access, truncate, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<IBackupFile>> CreateFileAsync(
        string path, FileAccessMode access, NewEntry entry, CancellationToken cancellationToken) =>
        OpenAsync(
            "Tree.CreateFile", path, () => inner.CreateFileAsync(path, access, entry, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<IBackupFile>> CreateUnnamedFileAsync(
        string directory, FileAccessMode access, NewEntry entry, CancellationToken cancellationToken) =>
        OpenAsync(
            "Tree.CreateUnnamedFile",
            directory,
            () => inner.CreateUnnamedFileAsync(directory, access, entry, cancellationToken),
            cancellationToken);

    public ValueTask<StorageResult<Done>> LinkUnnamedFileAsync(IBackupFile file, string path, CancellationToken cancellationToken) =>
        plan.RunAsync(
            "Tree.LinkUnnamedFile",
            path,
            () => inner.LinkUnnamedFileAsync(FaultyFile.Unwrap(file), path, cancellationToken),
            cancellationToken);

    public ValueTask<StorageResult<EntryAttributes>> CreateDirectoryAsync(string path, NewEntry entry, CancellationToken cancellationToken) =>
        plan.RunAsync(
            "Tree.CreateDirectory", path, () => inner.CreateDirectoryAsync(path, entry, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<EntryAttributes>> CreateSymbolicLinkAsync(
        string path, ReadOnlyMemory<byte> target, NewEntry entry, CancellationToken cancellationToken) =>
        plan.RunAsync(
            "Tree.CreateSymbolicLink",
            path,
            () => inner.CreateSymbolicLinkAsync(path, target, entry, cancellationToken),
            cancellationToken);

    public ValueTask<StorageResult<EntryAttributes>> CreateNodeAsync(
        string path, EntryType type, uint device, NewEntry entry, CancellationToken cancellationToken) =>
        plan.RunAsync(
            "Tree.CreateNode",
            path,
            () => inner.CreateNodeAsync(path, type, device, entry, cancellationToken),
            cancellationToken);

    public ValueTask<StorageResult<EntryAttributes>> LinkAsync(string existingPath, string newPath, CancellationToken cancellationToken) =>
        plan.RunAsync("Tree.Link", newPath, () => inner.LinkAsync(existingPath, newPath, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<Done>> RenameAsync(string path, string newPath, RenameMode mode, CancellationToken cancellationToken) =>
        plan.RunAsync("Tree.Rename", path, () => inner.RenameAsync(path, newPath, mode, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<Done>> UnlinkAsync(string path, CancellationToken cancellationToken) =>
        plan.RunAsync("Tree.Unlink", path, () => inner.UnlinkAsync(path, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<Done>> RemoveDirectoryAsync(string path, CancellationToken cancellationToken) =>
        plan.RunAsync("Tree.RemoveDirectory", path, () => inner.RemoveDirectoryAsync(path, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<EntryAttributes>> SetAttributesAsync(
        string path, EntryChanges changes, CancellationToken cancellationToken) =>
        plan.RunAsync(
            "Tree.SetAttributes", path, () => inner.SetAttributesAsync(path, changes, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<byte[]>> GetExtendedAttributeAsync(string path, string name, CancellationToken cancellationToken) =>
        plan.RunAsync(
            "Tree.GetExtendedAttribute",
            path,
            () => inner.GetExtendedAttributeAsync(path, name, cancellationToken),
            cancellationToken);

    public ValueTask<StorageResult<IReadOnlyList<string>>> ListExtendedAttributesAsync(string path, CancellationToken cancellationToken) =>
        plan.RunAsync(
            "Tree.ListExtendedAttributes",
            path,
            () => inner.ListExtendedAttributesAsync(path, cancellationToken),
            cancellationToken);

    public ValueTask<StorageResult<Done>> SetExtendedAttributeAsync(
        string path, string name, ReadOnlyMemory<byte> value, AttributeSetMode mode, CancellationToken cancellationToken) =>
        plan.RunAsync(
            "Tree.SetExtendedAttribute",
            path,
            () => inner.SetExtendedAttributeAsync(path, name, value, mode, cancellationToken),
            cancellationToken);

    public ValueTask<StorageResult<Done>> RemoveExtendedAttributeAsync(string path, string name, CancellationToken cancellationToken) =>
        plan.RunAsync(
            "Tree.RemoveExtendedAttribute",
            path,
            () => inner.RemoveExtendedAttributeAsync(path, name, cancellationToken),
            cancellationToken);

    public ValueTask<StorageResult<Done>> SyncDirectoryAsync(string path, CancellationToken cancellationToken) =>
        plan.RunAsync("Tree.SyncDirectory", path, () => inner.SyncDirectoryAsync(path, cancellationToken), cancellationToken);

    private async ValueTask<StorageResult<IBackupFile>> OpenAsync(
        string operation, string path, Func<ValueTask<StorageResult<IBackupFile>>> call, CancellationToken cancellationToken)
    {
        var file = await plan.RunAsync(operation, path, call, cancellationToken).ConfigureAwait(false);
        return file.IsOk ? new StorageResult<IBackupFile>(new FaultyFile(file.Value, path, plan)) : file;
    }
}
