namespace BackupFs.Storage;

/// <summary>Reads an <see cref="IBackupFile"/> from its start as a stream, and disposes it. Seekable; not thread-safe.</summary>
/// <remarks>Errors are thrown as <see cref="StorageException"/>. Only asynchronous reads: a storage has no others.</remarks>
public sealed class BackupFileReadStream : Stream
{
    private readonly IBackupFile _file;
    private readonly CancellationToken _cancellationToken;
    private long _position;

    /// <summary>Wraps an open file.</summary>
    /// <param name="file">Belongs to the stream from now on.</param>
    /// <param name="length">Its size.</param>
    /// <param name="cancellationToken">Cancels reads until the stream is disposed.</param>
    public BackupFileReadStream(IBackupFile file, long length, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        _file = file;
        _cancellationToken = cancellationToken;
        Length = length;
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => true;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length { get; }

    /// <inheritdoc/>
    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        var token = cancellationToken.CanBeCanceled ? cancellationToken : _cancellationToken;
        var read = (await _file.ReadAsync(buffer, _position, token).ConfigureAwait(false)).Value;
        _position += read;
        return read;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("read asynchronously");

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin)
    {
        Position = offset + origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => _position,
            SeekOrigin.End => Length,
        };
        return _position;
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException("the stream is read-only");

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("the stream is read-only");

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
