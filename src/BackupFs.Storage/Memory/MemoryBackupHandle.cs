namespace BackupFs.Storage;

/// <summary>A handle of <see cref="MemoryStorage"/>. Everything happens under the store's lock.</summary>
internal sealed partial class MemoryBackupHandle : IBackupHandle
{
    private readonly string _host;
    private readonly MemoryTree _tree;
    private bool _isOwner;
    private bool _isCrashed;
    private bool _isAborted;
    private BackupManifest? _manifest;

    internal MemoryBackupHandle(MemoryStore store, MemoryBackup backup, bool isOwner, string host)
    {
        (Store, Backup, _isOwner, _host) = (store, backup, isOwner, host);
        _tree = new MemoryTree(this);
    }

    public string Directory => Backup.Directory;

    public string Name => Backup.Name;

    public bool IsReadWrite
    {
        get
        {
            lock (Store.Gate)
            {
                return _isOwner && !_isCrashed;
            }
        }
    }

    public BackupState State
    {
        get
        {
            lock (Store.Gate)
            {
                return Backup.State;
            }
        }
    }

    public Timestamp StartTime => Backup.StartTime;

    public IErrorRecorder Errors { get; } = new ErrorRecorder();

    public IBackupTree Tree => _tree;

    public IReadOnlyList<string> UnfinishedFiles
    {
        get
        {
            lock (Store.Gate)
            {
                return [.. Backup.Walk().Where(entry => entry.Node.IsUnfinished).Select(entry => entry.Path)];
            }
        }
    }

    internal MemoryStore Store { get; }

    internal MemoryBackup Backup { get; }

    public async ValueTask<Stream> ReadFileAsync(string filename, CancellationToken cancellationToken)
    {
        if (IsReadWrite)
        {
            throw new StorageException(StorageErrorKind.NotPermitted, "ReadFile cannot be called on read-write backup");
        }

        var file = await _tree.OpenFileAsync(filename, FileAccessMode.Read, truncate: false, cancellationToken).ConfigureAwait(false);
        if (!file.IsOk)
        {
            var error = file.Error.Message.Length > 0
                ? file.Error
                : file.Error with { Message = $"'{BackupPath.Printable(filename)}' cannot be read: {file.Error.Kind}" };
            throw error.ToException();
        }

        var attributes = await file.Value.GetAttributesAsync(cancellationToken).ConfigureAwait(false);
        return new BackupFileReadStream(file.Value, attributes.Value.Size, cancellationToken);
    }

    public async ValueTask<BackupManifest?> ReadManifestAsync(CancellationToken cancellationToken)
    {
        byte[]? bytes;
        lock (Store.Gate)
        {
            if (_manifest is not null)
            {
                return _manifest;
            }

            bytes = Backup.Manifest;
        }

        if (bytes is null)
        {
            return null;
        }

        using var stream = new MemoryStream(bytes, writable: false);
        return _manifest = await ManifestSerializer.ReadAsync(stream, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask MarkUnfinishedAsync(string path, bool unfinished, CancellationToken cancellationToken)
    {
        lock (Store.Gate)
        {
            if (CheckWritable() is { } error)
            {
                throw error.ToException();
            }

            var node = Backup.Walk().Find(entry => entry.Path == path).Node ?? throw StorageError.NotFound.ToException();
            (node.IsUnfinished, node.IsRenewed) = (unfinished, false);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Why nothing can be changed through this handle, or null. Under the lock.</summary>
    internal StorageError? CheckWritable() =>
        _isCrashed ? new StorageError(StorageErrorKind.Io, "the process of this handle is dead")
        : _isOwner ? null
        : StorageError.ReadOnly;

    internal void Crash()
    {
        lock (Store.Gate)
        {
            _isCrashed = true;
            if (ReferenceEquals(Backup.Owner, this))
            {
                Backup.Abandon();
            }

            // An end that waits for files learns that there is nothing to wait for.
            _allAdded?.TrySetResult();
        }
    }
}
