using System.IO.Hashing;

namespace BackupFs.Storage.Objects;

/// <summary>How an object is divided into the blocks that are fetched and verified, and what they should be. Immutable, thread-safe.</summary>
/// <param name="stored">The object.</param>
/// <param name="checksums">What it should be; null where that is not known: then blocks are a granule each.</param>
/// <param name="path">For messages.</param>
internal sealed class BlockLayout(StoredObject stored, FileChecksums? checksums, string path)
{
    /// <summary>The object.</summary>
    internal StoredObject Stored => stored;

    /// <summary>The blocks' checksums; null where they are not known.</summary>
    internal FileChecksums? Checksums => checksums;

    /// <summary>Bytes of the object.</summary>
    internal long Size => stored.Size;

    /// <summary>Bytes of every block but the last: the manifest's, or one granule.</summary>
    internal int BlockSize { get; } = checksums?.BlockSize ?? MemoryBudget.GranuleBytes;

    /// <summary>How many blocks there are.</summary>
    internal int Count { get; } =
        (int)FileChecksums.CountBlocks(stored.Size, checksums?.BlockSize ?? MemoryBudget.GranuleBytes);

    /// <summary>What is wrong with the object as a whole; null if its size is the manifest's.</summary>
    internal StorageError? WrongSize { get; } = checksums is null || checksums.Size == stored.Size
        ? null
        : new StorageError(
            StorageErrorKind.Corrupt,
            $"'{BackupPath.Printable(path)}' has {stored.Size} bytes; {checksums.Size} were stored");

    /// <summary>The path for messages, printable.</summary>
    internal string Name => BackupPath.Printable(path);

    /// <summary>The block of a byte.</summary>
    internal int IndexOf(long offset) => (int)(offset / BlockSize);

    /// <summary>The first byte of a block.</summary>
    internal long StartOf(int index) => (long)index * BlockSize;

    /// <summary>Bytes of a block.</summary>
    internal int LengthOf(int index) => (int)Math.Min(BlockSize, Size - StartOf(index));

    /// <summary>Granules that hold a block.</summary>
    internal int GranulesOf(int index) => (LengthOf(index) + MemoryBudget.GranuleBytes - 1) / MemoryBudget.GranuleBytes;

    /// <summary>Bytes of memory that hold a block.</summary>
    internal long MemoryOf(int index) => (long)GranulesOf(index) * MemoryBudget.GranuleBytes;

    /// <summary>Whether a block's bytes, in granules, are what was stored; true where that is not known.</summary>
    internal bool Verify(int index, ReadOnlySpan<Granule> granules)
    {
        if (checksums is null)
        {
            return true;
        }

        var left = LengthOf(index);
        if (granules.Length == 1)
        {
            return XxHash3.HashToUInt64(granules[0].Memory.Span[..left]) == checksums.Blocks[index];
        }

        var hash = new XxHash3();
        foreach (var granule in granules)
        {
            var length = Math.Min(left, MemoryBudget.GranuleBytes);
            hash.Append(granule.Memory.Span[..length]);
            left -= length;
        }

        return hash.GetCurrentHashAsUInt64() == checksums.Blocks[index];
    }

    /// <summary>The error of a block whose bytes are wrong, or of which only <paramref name="read"/> bytes are there.</summary>
    internal StorageError Corrupt(int index, int read)
    {
        var start = StartOf(index);
        var length = LengthOf(index);
        var reason = read < length ? $"only {read} of {length} bytes are there" : "the bytes are not those that were stored";
        return new StorageError(
            StorageErrorKind.Corrupt,
            $"'{Name}' is corrupt in block {index} of {Count} (bytes {start}..{start + length - 1}): {reason}");
    }

    /// <summary>An error of the store, with the file's name.</summary>
    internal StorageError Named(StorageError error) =>
        error with { Message = error.Message.Length == 0 ? $"'{Name}': {Describe(error.Kind)}" : $"'{Name}': {error.Message}" };

    private static string Describe(StorageErrorKind kind) =>
        kind == StorageErrorKind.NotFound ? "its object is not in the store any more" : kind.ToString();
}
