namespace BackupFs.Storage.Objects;

/// <summary>Holds memory of a <see cref="MemoryBudget"/> that it can do without.</summary>
internal interface IMemoryReclaimer
{
    /// <summary>What the memory held here is worth; the lowest is asked first: read-ahead before files being written.</summary>
    int Priority { get; }

    /// <summary>Bytes that could be given back; cheap, may be stale.</summary>
    long Reclaimable { get; }

    /// <summary>Gives some back, if possible; may take as long as an upload takes. Throws nothing.</summary>
    ValueTask ReclaimAsync(CancellationToken cancellationToken);
}
