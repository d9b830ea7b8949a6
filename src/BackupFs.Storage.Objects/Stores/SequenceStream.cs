using System.Buffers;

namespace BackupFs.Storage.Objects;

/// <summary>
/// A body of a request as a stream that HTTP clients can read again from the start when they repeat the request: no byte is
/// copied before it is sent. Not thread-safe. The memory belongs to the caller and has to stay unchanged until the request is over.
/// </summary>
/// <param name="sequence">The bytes.</param>
/// <param name="deadline">Extended whenever bytes are taken: what is sent makes progress. Null for none.</param>
public sealed class SequenceStream(ReadOnlySequence<byte> sequence, TransferDeadline? deadline = null) : Stream
{
    private readonly long _length = sequence.Length;
    private SequencePosition _next = sequence.Start;
    private ReadOnlyMemory<byte> _segment;
    private long _position;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => true;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => _length;

    /// <summary>The byte that is read next, 0..<see cref="Length"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Before the start or after the end.</exception>
    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, _length);
            if (value != _position)
            {
                _next = sequence.GetPosition(value);
                _segment = default;
                _position = value;
            }
        }
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        var total = 0;
        while (total < buffer.Length && (!_segment.IsEmpty || sequence.TryGet(ref _next, out _segment)))
        {
            var count = Math.Min(_segment.Length, buffer.Length - total);
            _segment.Span[..count].CopyTo(buffer[total..]);
            _segment = _segment[count..];
            total += count;
        }

        _position += total;
        deadline?.Extend();
        return total;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<int>(cancellationToken)
            : new ValueTask<int>(Read(buffer.Span));

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Writes the rest straight from the memory it is in.</summary>
    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(destination);
        while (!_segment.IsEmpty || sequence.TryGet(ref _next, out _segment))
        {
            var segment = _segment;
            await destination.WriteAsync(segment, cancellationToken).ConfigureAwait(false);
            _segment = default;
            _position += segment.Length;
            deadline?.Extend();
        }
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => _position,
        SeekOrigin.End => _length,
        _ => throw new ArgumentOutOfRangeException(nameof(origin)),
    };

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <summary>Never.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Never.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
