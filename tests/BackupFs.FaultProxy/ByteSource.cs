using System.Net.Sockets;

namespace BackupFs.FaultProxy;

/// <summary>Reads from one side of a connection, with a buffer for what was read too far. Not thread-safe.</summary>
internal sealed class ByteSource(Func<Socket> socket)
{
    /// <summary>No server or client has a larger head than this.</summary>
    private const int LargestHead = 256 * 1024;

    private byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;

    /// <summary>Forgets what was read too far.</summary>
    internal void Discard() => (_start, _end) = (0, 0);

    /// <summary>Some bytes; 0 at the end.</summary>
    internal ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (_start == _end)
        {
            return socket().ReceiveAsync(destination, cancellationToken);
        }

        var length = Math.Min(destination.Length, _end - _start);
        _buffer.AsMemory(_start, length).CopyTo(destination);
        _start += length;
        return new(length);
    }

    /// <summary>Everything up to and with a mark; null at the end.</summary>
    internal async ValueTask<byte[]?> ReadThroughAsync(ReadOnlyMemory<byte> mark, CancellationToken cancellationToken)
    {
        while (true)
        {
            var found = _buffer.AsSpan(_start, _end - _start).IndexOf(mark.Span);
            if (found >= 0)
            {
                var bytes = _buffer.AsSpan(_start, found + mark.Length).ToArray();
                _start += bytes.Length;
                return bytes;
            }

            if (_end - _start > LargestHead)
            {
                throw new IOException("this is not HTTP");
            }

            MakeRoom();
            var read = await socket().ReceiveAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return null;
            }

            _end += read;
        }
    }

    private void MakeRoom()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
    }
}
