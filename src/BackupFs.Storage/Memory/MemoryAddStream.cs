namespace BackupFs.Storage;

/// <summary>The stream that <see cref="MemoryBackupHandle.AddFileAsync"/> returns: sequential, write-only.</summary>
internal sealed class MemoryAddStream(MemoryBackupHandle handle, TreeNode node, string path, CancellationToken cancellationToken) : Stream
{
    private long _position;
    private StorageError? _error;
    private bool _isDisposed;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => !_isDisposed;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        lock (handle.Store.Gate)
        {
            Check();
            if (_error is not null)
            {
                throw _error.ToException();
            }

            MemoryContent.Of(node).Write(buffer, _position);
            node.TouchContent(handle.Store.Now);
            _position += buffer.Length;
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing || _isDisposed)
        {
            return;
        }

        _isDisposed = true;
        lock (handle.Store.Gate)
        {
            Check();
            handle.Added(this);
            if (handle.CheckWritable() is null)
            {
                node.CloseWriter();
            }

            // A stream whose name was given to a newer one speaks for nobody.
            if (_error is null || node.Names == 0)
            {
                return;
            }

            handle.Errors.RecordError(_error, path);
        }

        throw _error.ToException();
    }

    private void Check()
    {
        if (cancellationToken.IsCancellationRequested)
        {
            _error ??= new StorageError(StorageErrorKind.Cancelled, $"writing '{BackupPath.Printable(path)}' was cancelled");
        }

        _error ??= handle.CheckWritable();
    }
}
