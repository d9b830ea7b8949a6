using BackupFs.Storage.File.Staging;

namespace BackupFs.Storage.File;

/// <summary>
/// What AddFile returns: writes a file of an open backup from its start. The first error is recorded, and thrown again by every
/// later call, dispose included. Not thread-safe.
/// </summary>
internal sealed class AddedFileStream(
    IBackupFile file, string path, StagedBackup staged, Action closed, CancellationToken lifetime) : Stream
{
    private long _position;
    private StorageError? _failure;
    private bool _disposed;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => !_disposed;

    /// <inheritdoc/>
    public override long Length => _position;

    /// <inheritdoc/>
    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ThrowIfFailed();
        cancellationToken.ThrowIfCancellationRequested();
        var written = await file.WriteAsync(buffer, _position, cancellationToken).ConfigureAwait(false);
        if (written.Error is { } error)
        {
            Fail(error);
        }

        _position += buffer.Length;
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>The files of this storage are written synchronously, so this waits for nothing.</summary>
    public override void Write(byte[] buffer, int offset, int count) =>
        WriteAsync(buffer.AsMemory(offset, count), CancellationToken.None).AsTask().GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override void Flush() => ThrowIfFailed();

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        ThrowIfFailed();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        var isFirst = !_disposed;
        _disposed = true;
        await base.DisposeAsync().ConfigureAwait(false);
        if (!isFirst)
        {
            return;
        }

        try
        {
            ThrowIfFailed();
            if (staged.Gate.Reason is { Kind: not StorageErrorKind.Busy } gone)
            {
                Fail(gone);
            }

            if ((await file.FlushAsync(lifetime).ConfigureAwait(false)).Error is { } error)
            {
                Fail(error);
            }
        }
        finally
        {
            await file.DisposeAsync().ConfigureAwait(false);
            closed();
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            // The methods of a local file complete synchronously: nothing is waited for.
            DisposeAsync().AsTask().GetAwaiter().GetResult();
        }

        base.Dispose(disposing);
    }

    private void ThrowIfFailed()
    {
        if (_failure is not null)
        {
            throw _failure.ToException();
        }

        if (lifetime.IsCancellationRequested)
        {
            Fail(new StorageError(StorageErrorKind.Cancelled, $"adding '{BackupPath.Printable(path)}' was cancelled"));
        }
    }

    private void Fail(StorageError error)
    {
        _failure = error;
        staged.Errors.RecordError(error, path);
        throw error.ToException();
    }
}
