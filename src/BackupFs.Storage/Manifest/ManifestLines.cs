using System.Buffers;
using System.Security.Cryptography;

namespace BackupFs.Storage;

/// <summary>Cuts a stream into lines (each with its newline) and sums them. Not thread-safe.</summary>
internal sealed class ManifestLines(Stream source) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
    private int _start;
    private int _end;

    /// <summary>The number of the line returned last, from 1.</summary>
    internal int Number { get; private set; }

    /// <summary>
    /// The next line, valid until the next call; empty at the end of the stream. A last line without a newline is returned
    /// as it is. Null when a line is longer than any line of a manifest.
    /// </summary>
    internal async ValueTask<ReadOnlyMemory<byte>?> NextAsync(CancellationToken cancellationToken)
    {
        Number++;
        var searched = 0;
        while (true)
        {
            var newline = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                return Take(searched + newline + 1);
            }

            searched = _end - _start;
            if (searched >= ManifestText.MaximumLineBytes)
            {
                return null;
            }

            MakeRoom();
            var read = await source.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return Take(searched);
            }

            _end += read;
        }
    }

    /// <summary>Adds a line to the sum.</summary>
    internal void Sum(ReadOnlySpan<byte> line) => _hash.AppendData(line);

    /// <summary>The SHA-256 of all lines summed.</summary>
    internal byte[] FinishSum() => _hash.GetHashAndReset();

    public void Dispose()
    {
        _hash.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private ReadOnlyMemory<byte> Take(int length)
    {
        var line = _buffer.AsMemory(_start, length);
        _start += length;
        return line;
    }

    private void MakeRoom()
    {
        if (_end < _buffer.Length)
        {
            return;
        }

        var held = _end - _start;
        var target = held > _buffer.Length / 2 ? ArrayPool<byte>.Shared.Rent(_buffer.Length * 2) : _buffer;
        _buffer.AsSpan(_start, held).CopyTo(target);
        if (!ReferenceEquals(target, _buffer))
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = target;
        }

        (_start, _end) = (0, held);
    }
}
