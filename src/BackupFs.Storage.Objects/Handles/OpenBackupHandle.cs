using Microsoft.Extensions.Logging;

namespace BackupFs.Storage.Objects;

/// <summary>A backup that is being written, or was ended or aborted through this handle. Thread-safe.</summary>
internal sealed partial class OpenBackupHandle : IBackupHandle
{
    private readonly ObjectStorage _storage;
    private readonly TransferContext _context;
    private readonly HeldClaim _claim;
    private readonly BackupJournal _journal;
    private readonly OpenTree _tree;
    private readonly string _prefix;
    private readonly Lock _gate = new();
    private readonly HashSet<Task> _background = [];
    private readonly HashSet<AddStream> _adding = [];
    private Phase _phase = Phase.Open;
    private BackupManifest? _manifest;

    internal OpenBackupHandle(ObjectStorage storage, TransferContext context, HeldClaim claim)
    {
        (_storage, _context, _claim) = (storage, context, claim);
        _prefix = ObjectKeys.Backup(claim.Directory, claim.Name);
        _tree = new OpenTree(this, context, _prefix, new KeyTable(storage.Keys.Data(claim.Directory, claim.Name), context.Store.Limits.ObjectsAreFiles, Delete));
        _journal = new BackupJournal(context, storage.Keys.Journal(claim.Directory, claim.Name), Describe);
    }

    private enum Phase
    {
        Open,
        Ending,

        /// <summary>Whether the manifest was stored is not known: it can only be ended again or aborted.</summary>
        Uncertain,
        Complete,
        Aborted,
        Suspended,
    }

    public string Directory => _claim.Directory;

    public string Name => _claim.Name;

    public Timestamp StartTime => _claim.Owner.Started;

    public IErrorRecorder Errors { get; } = new ErrorRecorder();

    public IBackupTree Tree => _tree;

    public bool IsReadWrite => CurrentPhase is Phase.Open or Phase.Ending or Phase.Uncertain;

    public BackupState State => CurrentPhase switch
    {
        Phase.Complete => BackupState.Complete,
        Phase.Aborted or Phase.Suspended => BackupState.Incomplete,
        _ => BackupState.Open,
    };

    public IReadOnlyList<string> UnfinishedFiles
    {
        get
        {
            lock (_tree.Lock)
            {
                return [.. _tree.Snapshot().Where(entry => entry.Node.IsUnfinished).Select(entry => entry.Path)];
            }
        }
    }

    internal HeldClaim Claim => _claim;

    internal OpenTree OpenTree => _tree;

    private Phase CurrentPhase
    {
        get
        {
            lock (_gate)
            {
                return _phase;
            }
        }
    }

    public async ValueTask<Stream> ReadFileAsync(string filename, CancellationToken cancellationToken)
    {
        if (IsReadWrite)
        {
            throw new StorageException(StorageErrorKind.NotPermitted, "ReadFile cannot be called on read-write backup");
        }

        return await ReadStreams.OpenAsync(_tree, filename, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<BackupManifest?> ReadManifestAsync(CancellationToken cancellationToken) => new(_manifest);

    public async ValueTask MarkUnfinishedAsync(string path, bool unfinished, CancellationToken cancellationToken)
    {
        if (CheckWritable() is { } refusal)
        {
            throw refusal.ToException();
        }

        lock (_tree.Lock)
        {
            var node = _tree.FindNode(path) ?? throw StorageError.NotFound.ToException();
            (node.IsUnfinished, node.IsRenewed) = (unfinished, false);
        }

        JournalChanged();
        if (await _journal.WriteAsync(cancellationToken).ConfigureAwait(false) is { } error)
        {
            throw error.ToException();
        }
    }

    public ValueTask<Stream> AddFileAsync(string filename, long filesize, CancellationToken cancellationToken)
    {
        RequireReadWrite("AddFile");
        if (CheckWritable() is { } refusal)
        {
            throw refusal.ToException();
        }

        var file = _tree.Replace(filename);
        if (!file.IsOk)
        {
            throw file.Error.ToException();
        }

        Errors.ResetErrors(filename);
        var stream = new AddStream(this, file.Value, filename, cancellationToken);
        lock (_gate)
        {
            _adding.Add(stream);
            _background.Add(stream.Finished);
        }

        return new(stream);
    }

    public async ValueTask SuspendAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_phase is Phase.Complete or Phase.Aborted or Phase.Suspended)
            {
                return;
            }

            _phase = Phase.Suspended;
        }

        foreach (var (_, content) in _tree.Contents())
        {
            await content.Bytes.DiscardAsync().ConfigureAwait(false);
        }

        await WhenIdleAsync(cancellationToken).ConfigureAwait(false);
        var error = await _journal.WriteAsync(cancellationToken).ConfigureAwait(false);
        await _journal.DisposeAsync().ConfigureAwait(false);
        error = await _claim.SuspendAsync(cancellationToken).ConfigureAwait(false) ?? error;
        _storage.Forget(this);
        if (error is not null)
        {
            throw error.ToException();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_phase is Phase.Complete or Phase.Aborted or Phase.Suspended)
            {
                return;
            }
        }

        // As SuspendAsync without waiting; from now on anybody of this host can resume it.
        _claim.Dispose();
        _storage.Forget(this);
        _ = AbandonAsync();
    }

    /// <summary>Why nothing can be changed through this handle, or null.</summary>
    internal StorageError? CheckWritable() => CurrentPhase switch
    {
        Phase.Open => null,
        Phase.Ending => new StorageError(StorageErrorKind.Busy, "the backup is being ended"),
        Phase.Uncertain => new StorageError(StorageErrorKind.Io, "whether the end of this backup was stored is not known: end it again, or abort it"),
        Phase.Complete => StorageError.ReadOnly,
        Phase.Aborted => StorageError.ReadOnly,
        Phase.Suspended => StorageError.ReadOnly,
    };

    /// <summary>Something has changed that a resume must know.</summary>
    internal void JournalChanged()
    {
        // Null while the constructor of the tree makes its root.
        _journal?.Changed();
    }

    /// <summary>Returns when the journal is as things are now, whatever goes on with the backup; or the error.</summary>
    internal ValueTask<StorageError?> WriteJournalAsync() => _journal.WriteAsync(CancellationToken.None);

    /// <summary>Returns when the journal is as things are now.</summary>
    internal async ValueTask<StorageResult<Done>> SyncJournalAsync(CancellationToken cancellationToken) =>
        CheckWritable() is null && await _journal.WriteAsync(cancellationToken).ConfigureAwait(false) is { } error ? error : Done.Ok;

    /// <summary>A file was opened: after the end its bytes are verified.</summary>
    internal async ValueTask<StorageResult<IBackupFile>> OpenedAsync(OpenFile file, string path, CancellationToken cancellationToken)
    {
        if (CurrentPhase != Phase.Complete || file.Content.Bytes.Stored is not { } stored)
        {
            return file;
        }

        var attributes = _tree.AttributesOf(file.Content.Node);
        await file.DisposeAsync().ConfigureAwait(false);
        return StoredFile.Open(_context, attributes, new StoredContent(stored, _manifest?.FindChecksums(path)), path);
    }

    /// <summary>An end, an abort and a suspension wait for it.</summary>
    internal void InBackground(Task task) => _ = InBackgroundAsync(task);

    /// <summary>An end, an abort and a suspension wait for it; so does the caller.</summary>
    internal async Task InBackgroundAsync(Task task)
    {
        lock (_gate)
        {
            _background.Add(task);
        }

        try
        {
            await task.ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                _background.Remove(task);
            }
        }
    }

    /// <summary>A stream of <see cref="AddFileAsync"/> is done.</summary>
    internal void Added(AddStream stream)
    {
        lock (_gate)
        {
            _adding.Remove(stream);
            _background.Remove(stream.Finished);
        }
    }

    /// <summary>As the death of the process would leave it; for tests.</summary>
    internal async Task SimulateCrashAsync()
    {
        // A journal that is due is written: what is lost without it was changed in the last second.
        await _journal.WriteAsync(CancellationToken.None).ConfigureAwait(false);
        _claim.Dispose();
        _storage.Forget(this);
        await AbandonAsync().ConfigureAwait(false);
    }

    private async Task AbandonAsync()
    {
        await _journal.WriteAsync(CancellationToken.None).ConfigureAwait(false);
        lock (_gate)
        {
            _phase = Phase.Suspended;
        }

        await _journal.DisposeAsync().ConfigureAwait(false);
        foreach (var (_, content) in _tree.Contents())
        {
            await content.Bytes.DiscardAsync().ConfigureAwait(false);
        }
    }

    private async Task WhenIdleAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task[] tasks;
            lock (_gate)
            {
                _background.RemoveWhere(task => task.IsCompleted);
                tasks = [.. _background];
            }

            if (tasks.Length == 0)
            {
                return;
            }

            await Task.WhenAll(tasks).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void Delete(string key) => InBackground(DeleteAsync(key));

    private async Task DeleteAsync(string key)
    {
        var deleted = await _context.Store.DeleteAsync([key], CancellationToken.None).ConfigureAwait(false);
        if (deleted.IsOk)
        {
            _tree.Keys.Deleted(key);
        }
        else
        {
            _tree.Keys.NotDeleted(key);
            ObjectStorageLog.NotDeleted(_context.Logger, key, deleted.Error.ToString());
        }
    }

    private JournalDocument Describe()
    {
        lock (_tree.Lock)
        {
            var first = new Dictionary<TreeNode, string>();
            var entries = new List<JournalEntry>();
            foreach (var (path, node) in _tree.Snapshot())
            {
                var isLink = !node.IsDirectory && !first.TryAdd(node, path);
                var content = node.Content as OpenContent;
                entries.Add(new JournalEntry
                {
                    Path = path,
                    Type = node.Type,
                    Mode = node.Mode,
                    UserId = node.UserId,
                    GroupId = node.GroupId,
                    ModifyTime = node.ModifyTime,
                    Device = node.Device,
                    Target = isLink ? null : node.Target,
                    HardLinkTo = isLink ? first[node] : null,
                    Attributes = node.Attributes.Count == 0 || isLink ? null : new Dictionary<string, byte[]>(node.Attributes, StringComparer.Ordinal),
                    Object = isLink ? null : content?.Bytes.Stored,
                    IsUnfinished = node.IsUnfinished || node.Writers > 0 || content is { Bytes.IsDirty: true },
                    IsPartial = content is { IsPartial: true },
                });
            }

            return new JournalDocument { Format = JournalDocument.CurrentFormat, Started = StartTime, Entries = entries };
        }
    }

    private void RequireReadWrite(string member)
    {
        if (!IsReadWrite)
        {
            throw new StorageException(StorageErrorKind.NotPermitted, $"{member} cannot be called on read-only backup");
        }
    }
}
