namespace BackupFs.Storage;

/// <summary>The checksums of one file's content.</summary>
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
}
