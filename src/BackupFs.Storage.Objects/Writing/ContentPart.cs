namespace BackupFs.Storage.Objects;

/// <summary>A part to be uploaded: where its bytes come from. Immutable.</summary>
/// <param name="Number">1-based; 0 for a file put in one request.</param>
/// <param name="Offset">In the file; a multiple of a granule.</param>
/// <param name="Length">Bytes.</param>
/// <param name="IsLast">Whether the object ends with it.</param>
/// <param name="Source">The stored version, for what is not in memory; null if there is none.</param>
/// <param name="SourceLength">Bytes of it that count; what is neither in memory nor there is zero.</param>
internal sealed record ContentPart(
    int Number, long Offset, long Length, bool IsLast, StoredObject? Source, long SourceLength)
{
    /// <summary>Whether the store makes it of the stored version itself.</summary>
    internal bool IsCopy { get; init; }

    /// <summary>Its granules in memory; null for those that are not.</summary>
    internal Granule?[] Pages { get; init; } = [];

    /// <summary>How many have to be read from the stored version.</summary>
    internal int ToRead { get; init; }

    /// <summary>Whether its memory is freed when it is confirmed.</summary>
    internal bool IsFreed { get; init; }

    /// <summary>What it adds to the checksums; null for nothing.</summary>
    internal SumLink? Sum { get; init; }
}
