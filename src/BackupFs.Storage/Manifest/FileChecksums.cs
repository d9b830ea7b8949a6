using System.IO.Hashing;
using System.Numerics;

namespace BackupFs.Storage;

/// <summary>The checksums of one file's content. Immutable; compared by reference, see <see cref="Matches"/>.</summary>
/// <param name="Size">Bytes covered: the file's size.</param>
/// <param name="Sha256">SHA-256 of the whole content, 32 bytes.</param>
/// <param name="BlockSize">Bytes a block covers, a power of two; the last block may be shorter.</param>
/// <param name="Blocks">XXH3 (64 bit, seed 0) of each block, in order; ceil(Size / BlockSize) of them.</param>
public sealed record FileChecksums(long Size, byte[] Sha256, int BlockSize, ulong[] Blocks)
{
    /// <summary>The smallest block, 1 MiB: one FUSE request of the largest size.</summary>
    public const int MinimumBlockSize = 1 << 20;

    /// <summary>The largest block, 64 MiB.</summary>
    public const int MaximumBlockSize = 64 << 20;

    /// <summary>How many blocks a file has at most when its size was known and below 1 TiB.</summary>
    public const int PreferredMaximumBlocks = 16384;

    /// <summary>How many blocks there are.</summary>
    public int BlockCount => Blocks.Length;

    /// <summary>
    /// The block size to choose for a file of (about) <paramref name="size"/> bytes: the smallest that gives at most
    /// <see cref="PreferredMaximumBlocks"/> blocks, within the limits. An unknown size (negative) counts as small.
    /// </summary>
    public static int BlockSizeFor(long size)
    {
        var blockSize = MinimumBlockSize;
        while (blockSize < MaximumBlockSize && size > (long)blockSize * PreferredMaximumBlocks)
        {
            blockSize *= 2;
        }

        return blockSize;
    }

    /// <summary>Whether a manifest may use blocks of this size: a power of two within the limits.</summary>
    public static bool IsValidBlockSize(long blockSize) =>
        blockSize is >= MinimumBlockSize and <= MaximumBlockSize && BitOperations.IsPow2(blockSize);

    /// <summary>How many blocks of <paramref name="blockSize"/> cover <paramref name="size"/> bytes.</summary>
    public static long CountBlocks(long size, int blockSize) => size / blockSize + (size % blockSize == 0 ? 0 : 1);

    /// <summary>How many bytes the block at <paramref name="blockIndex"/> (0..<see cref="BlockCount"/>-1) covers.</summary>
    public int BlockLength(int blockIndex)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(blockIndex);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(blockIndex, BlockCount);
        return (int)Math.Min(BlockSize, Size - ((long)blockIndex * BlockSize));
    }

    /// <summary>Whether <paramref name="block"/> is the whole content of the block at <paramref name="blockIndex"/>, as it was stored.</summary>
    public bool Verify(int blockIndex, ReadOnlySpan<byte> block) =>
        block.Length == BlockLength(blockIndex) && XxHash3.HashToUInt64(block) == Blocks[blockIndex];

    /// <summary>Whether <paramref name="other"/> describes the same content (of the same size, with the same SHA-256).</summary>
    public bool Matches(FileChecksums other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Size == other.Size && Sha256.AsSpan().SequenceEqual(other.Sha256);
    }
}
