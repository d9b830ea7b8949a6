namespace BackupFs.Storage.Objects;

/// <summary>
/// A tree that is loaded when it is first used; after that its members complete synchronously. Disposing it says that nobody
/// reads it any more.
/// </summary>
internal sealed class LazyTree(Func<CancellationToken, ValueTask<StorageResult<StoredTree>>> load) : IBackupTree, IDisposable
{
    private StoredTree? _tree;
    private bool _isDisposed;

    /// <summary>Loads the tree, if that has not been done.</summary>
    internal async ValueTask<StorageResult<StoredTree>> LoadAsync(CancellationToken cancellationToken)
    {
        if (_tree is { } tree)
        {
            return tree;
        }

        var loaded = await load(cancellationToken).ConfigureAwait(false);
        return loaded.IsOk ? Set(loaded.Value) : loaded;
    }

    /// <summary>Sets the tree that somebody has loaded already, if none was; returns the one that is used.</summary>
    internal StoredTree Set(StoredTree tree)
    {
        if (Interlocked.CompareExchange(ref _tree, tree, null) is { } before)
        {
            return before;
        }

        tree.AddUser();
        return tree;
    }

    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _tree?.RemoveUser();
        }
    }

    public ValueTask<StorageResult<EntryAttributes>> GetAttributesAsync(string path, CancellationToken cancellationToken) =>
        _tree is { } tree
            ? tree.GetAttributesAsync(path, cancellationToken)
            : WhenLoadedAsync(loaded => loaded.GetAttributesAsync(path, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<IReadOnlyList<DirectoryEntry>>> ListAsync(string path, CancellationToken cancellationToken) =>
        _tree is { } tree
            ? tree.ListAsync(path, cancellationToken)
            : WhenLoadedAsync(loaded => loaded.ListAsync(path, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<byte[]>> ReadLinkAsync(string path, CancellationToken cancellationToken) =>
        _tree is { } tree
            ? tree.ReadLinkAsync(path, cancellationToken)
            : WhenLoadedAsync(loaded => loaded.ReadLinkAsync(path, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<IBackupFile>> OpenFileAsync(
        string path, FileAccessMode access, bool truncate, CancellationToken cancellationToken) =>
        _tree is { } tree
            ? tree.OpenFileAsync(path, access, truncate, cancellationToken)
            : WhenLoadedAsync(loaded => loaded.OpenFileAsync(path, access, truncate, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<byte[]>> GetExtendedAttributeAsync(string path, string name, CancellationToken cancellationToken) =>
        _tree is { } tree
            ? tree.GetExtendedAttributeAsync(path, name, cancellationToken)
            : WhenLoadedAsync(loaded => loaded.GetExtendedAttributeAsync(path, name, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<IReadOnlyList<string>>> ListExtendedAttributesAsync(string path, CancellationToken cancellationToken) =>
        _tree is { } tree
            ? tree.ListExtendedAttributesAsync(path, cancellationToken)
            : WhenLoadedAsync(loaded => loaded.ListExtendedAttributesAsync(path, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<Done>> SyncDirectoryAsync(string path, CancellationToken cancellationToken) => new(Done.Ok);

    // Whoever can load it cannot change it.
    public ValueTask<StorageResult<IBackupFile>> CreateFileAsync(
        string path, FileAccessMode access, NewEntry entry, CancellationToken cancellationToken) => new(StorageError.ReadOnly);

    public ValueTask<StorageResult<IBackupFile>> CreateUnnamedFileAsync(
        string directory, FileAccessMode access, NewEntry entry, CancellationToken cancellationToken) => new(StorageError.ReadOnly);

    public ValueTask<StorageResult<Done>> LinkUnnamedFileAsync(IBackupFile file, string path, CancellationToken cancellationToken) =>
        new(StorageError.ReadOnly);

    public ValueTask<StorageResult<EntryAttributes>> CreateDirectoryAsync(string path, NewEntry entry, CancellationToken cancellationToken) =>
        new(StorageError.ReadOnly);

    public ValueTask<StorageResult<EntryAttributes>> CreateSymbolicLinkAsync(
        string path, ReadOnlyMemory<byte> target, NewEntry entry, CancellationToken cancellationToken) => new(StorageError.ReadOnly);

    public ValueTask<StorageResult<EntryAttributes>> CreateNodeAsync(
        string path, EntryType type, uint device, NewEntry entry, CancellationToken cancellationToken) => new(StorageError.ReadOnly);

    public ValueTask<StorageResult<EntryAttributes>> LinkAsync(string existingPath, string newPath, CancellationToken cancellationToken) =>
        new(StorageError.ReadOnly);

    public ValueTask<StorageResult<Done>> RenameAsync(string path, string newPath, RenameMode mode, CancellationToken cancellationToken) =>
        new(StorageError.ReadOnly);

    public ValueTask<StorageResult<Done>> UnlinkAsync(string path, CancellationToken cancellationToken) => new(StorageError.ReadOnly);

    public ValueTask<StorageResult<Done>> RemoveDirectoryAsync(string path, CancellationToken cancellationToken) => new(StorageError.ReadOnly);

    public ValueTask<StorageResult<EntryAttributes>> SetAttributesAsync(string path, EntryChanges changes, CancellationToken cancellationToken) =>
        new(StorageError.ReadOnly);

    public ValueTask<StorageResult<Done>> SetExtendedAttributeAsync(
        string path, string name, ReadOnlyMemory<byte> value, AttributeSetMode mode, CancellationToken cancellationToken) =>
        new(StorageError.ReadOnly);

    public ValueTask<StorageResult<Done>> RemoveExtendedAttributeAsync(string path, string name, CancellationToken cancellationToken) =>
        new(StorageError.ReadOnly);

    private async ValueTask<StorageResult<T>> WhenLoadedAsync<T>(
        Func<StoredTree, ValueTask<StorageResult<T>>> run, CancellationToken cancellationToken)
    {
        var loaded = await LoadAsync(cancellationToken).ConfigureAwait(false);
        return loaded.IsOk ? await run(loaded.Value).ConfigureAwait(false) : loaded.Error;
    }
}
