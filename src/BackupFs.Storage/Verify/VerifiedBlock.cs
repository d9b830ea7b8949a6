using System.Buffers;

namespace BackupFs.Storage;

/// <summary>
/// One block in a <see cref="VerifiedBlockCache"/>. Its fields belong to the cache's lock, except that <see cref="Buffer"/> may
/// be read by whoever holds a pin once <see cref="IsLoaded"/> is set.
/// </summary>
internal sealed class VerifiedBlock(VerifiedFile file, int index, int length)
{
    internal VerifiedFile File { get; } = file;

    internal int Index { get; } = index;

    internal int Length { get; } = length;

    internal byte[] Buffer { get; } = ArrayPool<byte>.Shared.Rent(length);

    /// <summary>Whether the content is there and verified.</summary>
    internal bool IsLoaded { get; set; }

    /// <summary>Made by the first who waits for another's loading: its result is null when the block is loaded.</summary>
    internal TaskCompletionSource<StorageError?>? Waiters { get; set; }

    /// <summary>How many calls use the buffer now.</summary>
    internal int Pins { get; set; }

    /// <summary>No longer in the cache: the last pin returns the buffer.</summary>
    internal bool IsEvicted { get; set; }
}
