namespace BackupFs.Storage;

/// <content>Adding files; end, abort and suspension.</content>
internal sealed partial class MemoryBackupHandle
{
    private readonly HashSet<MemoryAddStream> _adding = [];
    private TaskCompletionSource? _allAdded;

    public ValueTask<Stream> AddFileAsync(string filename, long filesize, CancellationToken cancellationToken)
    {
        lock (Store.Gate)
        {
            RequireReadWrite("AddFile");
            if (_tree.Replace(filename, out var node) is { } error)
            {
                throw error.ToException();
            }

            node.Writers = 1;
            Errors.ResetErrors(filename);
            var stream = new MemoryAddStream(this, node, filename, cancellationToken);
            _adding.Add(stream);
            return new(stream);
        }
    }

    public async ValueTask EndBackupAsync(BackupNotes notes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(notes);
        while (true)
        {
            Task wait;
            lock (Store.Gate)
            {
                RequireReadWrite("EndBackup");
                if (_adding.Count == 0)
                {
                    break;
                }

                _allAdded ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                wait = _allAdded.Task;
            }

            await wait.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
        lock (Store.Gate)
        {
            RequireReadWrite("EndBackup");
            if (Errors.Error is { } error)
            {
                throw error.ToException();
            }

            var manifest = Backup.Describe(Store.Now, _host, notes);
            using var bytes = new MemoryStream();
            var writing = ManifestSerializer.WriteAsync(manifest, bytes, CancellationToken.None);

            // A MemoryStream completes at once; the lock must be held from the sums to the state.
            if (!writing.IsCompletedSuccessfully)
            {
                throw writing.AsTask().Exception?.InnerException ?? new InvalidOperationException("writing to memory waited");
            }

            Backup.Manifest = bytes.ToArray();
            Backup.Owner = null;
            _isOwner = false;
        }
    }

    public ValueTask AbortBackupAsync(CancellationToken cancellationToken)
    {
        lock (Store.Gate)
        {
            if (_isAborted)
            {
                return ValueTask.CompletedTask;
            }

            RequireReadWrite("AbortBackup");
            Store.Backups.Remove((Directory, Name));
            Backup.Abandon();
            _adding.Clear();
            _allAdded?.TrySetResult();
            (_isAborted, _isOwner) = (true, false);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask SuspendAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    public void Dispose()
    {
        lock (Store.Gate)
        {
            if (_isOwner && !_isCrashed)
            {
                Backup.Abandon();
                _isOwner = false;
                _allAdded?.TrySetResult();
            }
        }
    }

    /// <summary>A stream of <see cref="AddFileAsync"/> was disposed. Under the lock.</summary>
    internal void Added(MemoryAddStream stream)
    {
        if (_adding.Remove(stream) && _adding.Count == 0)
        {
            _allAdded?.TrySetResult();
            _allAdded = null;
        }
    }

    private void RequireReadWrite(string member)
    {
        if (_isCrashed)
        {
            throw CheckWritable()!.ToException();
        }

        if (!_isOwner)
        {
            throw new StorageException(StorageErrorKind.NotPermitted, $"{member} cannot be called on read-only backup");
        }
    }
}
