namespace BackupFs.Storage;

/// <summary>
/// A stream of a <see cref="FaultyHandle"/>. As on a real storage, a file whose writing failed fails again when it is disposed, and is
/// recorded.
/// </summary>
internal sealed class FaultyStream(Stream inner, string path, FaultPlan plan, IErrorRecorder? errors) : Stream
{
    private StorageError? _failed;
    private bool _isDisposed;

    public override bool CanRead => inner.CanRead;

    public override bool CanSeek => inner.CanSeek;

    public override bool CanWrite => inner.CanWrite;

    public override long Length => inner.Length;

    public override long Position
    {
        get => inner.Position;
        set => inner.Position = value;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        plan.ThrowAsync("Stream.Read", path, () => inner.ReadAsync(buffer, cancellationToken), cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_failed is not null)
        {
            throw _failed.ToException();
        }

        try
        {
            await plan.ThrowAsync("Stream.Write", path, () => inner.WriteAsync(buffer, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException exception)
        {
            _failed = exception.Error;
            throw;
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("read asynchronously");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("write asynchronously");

    public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

    public override void SetLength(long value) => inner.SetLength(value);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync().ConfigureAwait(false);
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        try
        {
            await plan.ThrowAsync("Stream.Dispose", path, () => default, CancellationToken.None).ConfigureAwait(false);
        }
        catch (StorageException exception)
        {
            _failed ??= exception.Error;
        }

        await inner.DisposeAsync().ConfigureAwait(false);
        if (_failed is not null)
        {
            errors?.RecordError(_failed, path);
            throw _failed.ToException();
        }
    }
}
