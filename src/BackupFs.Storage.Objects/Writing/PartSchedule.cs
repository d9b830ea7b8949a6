namespace BackupFs.Storage.Objects;

/// <summary>
/// How large the parts of an upload are. They begin small, so that the first bytes are sent soon, and double with every 1000
/// parts, so that their number grows slowly. Immutable. All sizes are multiples of a granule, which every store accepts.
/// </summary>
internal sealed class PartSchedule
{
    /// <summary>Parts of one size.</summary>
    private const int PartsOfASize = 1000;

    /// <summary>Larger ones would fill the memory of one upload for little gain.</summary>
    private const long LargestPart = 64L << 20;

    /// <summary>A part takes this part of the budget at most, so that several files get on.</summary>
    internal const int MemoryShare = 8;

    /// <summary>Copies are made by the server: large enough to be few, small enough to end within a time-out.</summary>
    private const long PreferredCopy = 256L << 20;

    private const long Granule = MemoryBudget.GranuleBytes;
    private readonly ObjectStoreLimits _limits;

    /// <param name="limits">Of the store.</param>
    /// <param name="memory">Bytes of the budget.</param>
    /// <param name="first">Bytes of the first parts, if the store allows that.</param>
    internal PartSchedule(ObjectStoreLimits limits, long memory, long first)
    {
        _limits = limits;
        First = Up(Math.Max(first, limits.MinimumPartSize));
        Largest = Math.Max(First, Math.Min(Math.Min(LargestPart, LargestOf(memory)), Down(limits.MaximumPartSize)));
    }

    /// <summary>Bytes of the first parts.</summary>
    internal long First { get; }

    /// <summary>Bytes of a part held in memory, at most.</summary>
    internal long Largest { get; }

    /// <summary>The smallest part but the last, in whole granules.</summary>
    internal long Smallest => Math.Max(Granule, Up(_limits.MinimumPartSize));

    /// <summary>Bytes of the part that begins at an offset of the file.</summary>
    internal long PartSize(long offset)
    {
        var size = First;
        for (var end = size * PartsOfASize; size < Largest && offset >= end; end += size * PartsOfASize)
        {
            size = Math.Min(size * 2, Largest);
        }

        return size;
    }

    /// <summary>
    /// Bytes of a part that is nothing but zeros, which need no memory: as many as make <paramref name="length"/> bytes fit
    /// into half of the parts that are left.
    /// </summary>
    internal long ZerosSize(long offset, long length, int partsLeft) =>
        Math.Min(Math.Max(PartSize(offset), Up(length / Math.Max(1, partsLeft / 2))), Down(_limits.MaximumPartSize));

    /// <summary>
    /// Bytes of the next of the copies that make up <paramref name="length"/> bytes (whole granules) of a stored version: about
    /// equal ones, and few enough to leave parts for what follows, if possible.
    /// </summary>
    internal long CopySize(long length, int partsLeft)
    {
        var largest = Down(_limits.MaximumPartSize);
        var count = Math.Max(Pieces(length, largest), Math.Min(Pieces(length, Math.Min(PreferredCopy, largest)), partsLeft / 10));
        return Math.Min(largest, Up(Pieces(length, count)));
    }

    /// <summary>Bytes of a part at most, for the bytes of a budget.</summary>
    internal static long LargestOf(long memory) => Down(memory / MemoryShare);

    internal static long Up(long bytes) => (bytes + Granule - 1) / Granule * Granule;

    internal static long Down(long bytes) => bytes / Granule * Granule;

    private static long Pieces(long length, long size) => (length + size - 1) / size;
}
