using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace BackupFs.Storage;

/// <summary>
/// Computes <see cref="FileChecksums"/> of bytes fed in order. Not thread-safe; one instance a file being summed, reusable.
/// </summary>
/// <remarks>A call of <see cref="Append"/> allocates nothing, but for the list of block checksums, which doubles when full.</remarks>
public sealed class FileChecksummer : IDisposable
{
    private readonly IncrementalHash _whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly XxHash3 _block = new();
    private readonly List<ulong> _blocks = [];
    private int _inBlock;

    /// <summary>Starts a sum.</summary>
    /// <param name="sizeHint">About how many bytes will come, -1 = unknown; it only chooses the block size.</param>
    public FileChecksummer(long sizeHint = -1) => BlockSize = FileChecksums.BlockSizeFor(sizeHint);

    /// <summary>The block size chosen.</summary>
    public int BlockSize { get; private set; }

    /// <summary>Bytes appended so far.</summary>
    public long Size { get; private set; }

    /// <summary>Adds the next bytes.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        _whole.AppendData(data);
        Size += data.Length;
        while (data.Length > 0)
        {
            var length = Math.Min(data.Length, BlockSize - _inBlock);
            if (length == BlockSize)
            {
                // A whole block at once: the one-shot function skips the incremental one's buffering.
                _blocks.Add(XxHash3.HashToUInt64(data[..length]));
            }
            else
            {
                _block.Append(data[..length]);
                _inBlock += length;
                if (_inBlock == BlockSize)
                {
                    CloseBlock();
                }
            }

            data = data[length..];
        }
    }

    /// <summary>Adds <paramref name="length"/> zero bytes, for the holes of a sparse file.</summary>
    public void AppendZeros(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ReadOnlySpan<byte> zeros = Zeros;
        for (; length > 0; length -= Math.Min(length, zeros.Length))
        {
            Append(zeros[..(int)Math.Min(length, zeros.Length)]);
        }
    }

    /// <summary>The checksums of everything appended; the instance then starts anew with the same block size.</summary>
    public FileChecksums Finish()
    {
        if (_inBlock > 0)
        {
            CloseBlock();
        }

        var sums = new FileChecksums(Size, _whole.GetHashAndReset(), BlockSize, CollectionsMarshal.AsSpan(_blocks).ToArray());
        _blocks.Clear();
        Size = 0;
        return sums;
    }

    /// <summary>Forgets everything appended and starts anew.</summary>
    /// <param name="sizeHint">As in the constructor.</param>
    public void Reset(long sizeHint)
    {
        if (Size > 0)
        {
            Span<byte> discarded = stackalloc byte[SHA256.HashSizeInBytes];
            _whole.TryGetHashAndReset(discarded, out _);
            _block.Reset();
            _blocks.Clear();
            _inBlock = 0;
            Size = 0;
        }

        BlockSize = FileChecksums.BlockSizeFor(sizeHint);
    }

    /// <inheritdoc/>
    public void Dispose() => _whole.Dispose();

    private static readonly byte[] Zeros = new byte[64 * 1024];

    private void CloseBlock()
    {
        _blocks.Add(_block.GetCurrentHashAsUInt64());
        _block.Reset();
        _inBlock = 0;
    }
}
