namespace BackupFs.Storage.Objects;

/// <summary>The stream that AddFile returns: sequential, write-only; the file is stored when it was disposed.</summary>
internal sealed class AddStream(OpenBackupHandle handle, OpenFile file, string path, CancellationToken cancellationToken) : Stream
{
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _position;
    private StorageError? _error;
    private int _isDisposed;

    /// <summary>Completes when nothing of the stream is under way any more.</summary>
    internal Task Finished => _finished.Task;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => _isDisposed == 0;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <summary>The backup is being aborted: nobody has to wait for this.</summary>
    internal void Abort()
    {
        _error ??= new StorageError(StorageErrorKind.Cancelled, $"'{BackupPath.Printable(path)}' belongs to a backup that was aborted");
        _finished.TrySetResult();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken1 = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        Check();
        if (_error is null && buffer.Length > 0)
        {
            var written = await file.WriteAsync(buffer, _position, cancellationToken1.CanBeCanceled ? cancellationToken1 : cancellationToken).ConfigureAwait(false);
            _error = written.Error;
            _position += buffer.Length;
        }

        if (_error is not null)
        {
            throw _error.ToException();
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("write asynchronously: storage is not waited for");

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        try
        {
            Check();
            if (_error is null)
            {
                _error = (await file.FlushAsync(cancellationToken).ConfigureAwait(false)).Error;
            }
            else if (handle.CheckWritable() is null && handle.OpenTree.FindPath(file.Content.Node) is not null)
            {
                // A stream whose name was given to a newer one speaks for nobody.
                handle.Errors.RecordError(_error, path);
            }
        }
        catch (OperationCanceledException)
        {
            _error = Cancelled();
            handle.Errors.RecordError(_error, path);
        }
        finally
        {
            if (_error is not null)
            {
                await file.GiveUpAsync().ConfigureAwait(false);
            }

            await file.DisposeAsync().ConfigureAwait(false);
            _finished.TrySetResult();
            handle.Added(this);
            await base.DisposeAsync().ConfigureAwait(false);
        }

        if (_error is not null && handle.OpenTree.FindPath(file.Content.Node) is not null)
        {
            throw _error.ToException();
        }
    }

    private void Check()
    {
        if (cancellationToken.IsCancellationRequested)
        {
            _error ??= Cancelled();
        }

        _error ??= handle.CheckWritable();
    }

    private StorageError Cancelled() => new(StorageErrorKind.Cancelled, $"writing '{BackupPath.Printable(path)}' was cancelled");
}
