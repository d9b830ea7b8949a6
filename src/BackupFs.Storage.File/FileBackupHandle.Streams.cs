namespace BackupFs.Storage.File;

internal sealed partial class FileBackupHandle
{
    private const int ModeOfFiles = 0x1A4;

    private readonly Lock _streamLock = new();
    private TaskCompletionSource? _noStreams;
    private int _streams;

    /// <inheritdoc/>
    public async ValueTask<Stream> AddFileAsync(string filename, long filesize, CancellationToken cancellationToken)
    {
        RequireReadWrite("AddFile");
        cancellationToken.ThrowIfCancellationRequested();
        if (BackupPath.Check(filename) is { } invalid)
        {
            throw invalid.ToException();
        }

        StreamOpened();
        try
        {
            var file = await CreateAsync(filename, cancellationToken).ConfigureAwait(false);
            _errors.ResetErrors(filename);
            return new AddedFileStream(file, filename, _staged!, StreamClosed, cancellationToken);
        }
        catch
        {
            StreamClosed();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<Stream> ReadFileAsync(string filename, CancellationToken cancellationToken)
    {
        if (_phase == Phase.Open)
        {
            throw new StorageException(StorageErrorKind.NotPermitted, "ReadFile cannot be called on read-write backup");
        }

        var opened = await _tree.OpenFileAsync(filename, FileAccessMode.Read, truncate: false, cancellationToken).ConfigureAwait(false);
        var file = opened.Value;
        var attributes = await file.GetAttributesAsync(cancellationToken).ConfigureAwait(false);
        if (attributes.Error is { } error)
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw error.ToException();
        }

        return new BackupFileReadStream(file, attributes.Value.Size, cancellationToken);
    }

    private void StreamOpened()
    {
        lock (_streamLock)
        {
            _streams++;
        }
    }

    private void StreamClosed()
    {
        lock (_streamLock)
        {
            if (--_streams == 0)
            {
                _noStreams?.TrySetResult();
                _noStreams = null;
            }
        }
    }

    private Task WhenNoStreams()
    {
        lock (_streamLock)
        {
            return _streams == 0
                ? Task.CompletedTask
                : (_noStreams ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>A file of that name is replaced, not overwritten: it may have other names.</summary>
    private async ValueTask<IBackupFile> CreateAsync(string path, CancellationToken cancellationToken)
    {
        var entry = new NewEntry(ModeOfFiles);
        while (true)
        {
            var created = await _tree.CreateFileAsync(path, FileAccessMode.Write, entry, cancellationToken).ConfigureAwait(false);
            if (created.IsOk)
            {
                return created.Value;
            }

            var repaired = created.Error.Kind switch
            {
                StorageErrorKind.AlreadyExists => (await _tree.UnlinkAsync(path, cancellationToken).ConfigureAwait(false)).Error,
                StorageErrorKind.NotFound => await MakeParentsAsync(BackupPath.Parent(path), cancellationToken).ConfigureAwait(false),
                _ => created.Error,
            };
            if (repaired is { Kind: not StorageErrorKind.NotFound })
            {
                throw repaired.ToException();
            }
        }
    }

    private async ValueTask<StorageError?> MakeParentsAsync(string directory, CancellationToken cancellationToken)
    {
        for (var slash = directory.IndexOf('/', StringComparison.Ordinal); ; slash = directory.IndexOf('/', slash + 1))
        {
            var made = await _tree.CreateDirectoryAsync(
                slash < 0 ? directory : directory[..slash], new NewEntry(StoreRoot.ModeOfDirectories), cancellationToken).ConfigureAwait(false);
            if (made.Error is { Kind: not StorageErrorKind.AlreadyExists } error)
            {
                return error;
            }

            if (slash < 0)
            {
                return null;
            }
        }
    }
}
