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

    /// <summary>Where granules are that are not in memory, if there is a spool.</summary>
    internal SpoolFile? Spool { get; init; }

    /// <summary>How many bytes of each granule are in <see cref="Spool"/>; 0 for none. Empty without a spool.</summary>
    internal int[] SpoolLengths { get; init; } = [];

    /// <summary>Granules of <see cref="Pages"/> to be written to <see cref="Spool"/>, by their place in it; null for none.</summary>
    internal int[]? Saved { get; init; }

    /// <summary>Granules of room that were taken for <see cref="Saved"/>.</summary>
    internal int SpoolTaken { get; init; }

    /// <summary>How many have to be read from the stored version or the spool.</summary>
    internal int ToRead { get; init; }

    /// <summary>Whether its memory is freed when it is confirmed.</summary>
    internal bool IsFreed { get; init; }

    /// <summary>What it adds to the checksums; null for nothing.</summary>
    internal SumLink? Sum { get; init; }
}
