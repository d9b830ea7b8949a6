namespace BackupFs.Storage.Objects;

/// <summary>Holds memory of a <see cref="MemoryBudget"/> that it can do without.</summary>
internal interface IMemoryReclaimer
{
    /// <summary>What the memory held here is worth; the lowest is asked first: read-ahead before files being written.</summary>
    int Priority { get; }

    /// <summary>Among those of one priority, the lowest is asked first: for example the time of the last use.</summary>
    long Recency => 0;

    /// <summary>Bytes that could be given back; cheap, may be stale. 0: is not asked.</summary>
    long Reclaimable { get; }

    /// <summary>Gives some back, if possible; may take as long as an upload takes. Throws nothing. Cancelled when it is removed.</summary>
    ValueTask ReclaimAsync(CancellationToken cancellationToken);
}
