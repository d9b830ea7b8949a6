namespace BackupFs.Storage.Objects;

/// <summary>
/// The memory that all transfers of a storage share, in granules of 1 MiB. Nobody gets more than there is: those who need
/// memory wait, in order, and those who only want it (read-ahead) do without. Thread-safe.
/// </summary>
/// <param name="limit">Bytes, at least <see cref="ObjectStorageOptions.MinimumMemory"/>.</param>
internal sealed class MemoryBudget(long limit)
{
    /// <summary>Bytes of a granule.</summary>
    internal const int GranuleBytes = 1 << 20;

    /// <summary>Bytes at most.</summary>
    internal long Limit { get; } = limit;

    /// <summary>Bytes handed out.</summary>
    internal long Used => throw new NotImplementedException();

    /// <summary>A granule if one is free and nobody waits for one; null otherwise.</summary>
    internal Granule? TryRent() => throw new NotImplementedException();

    /// <summary>A granule, as soon as there is one. Completes synchronously if one is free.</summary>
    internal ValueTask<Granule> RentAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>
    /// Somebody who can give memory back: asked, on the thread pool and never by two threads at once, while others wait.
    /// Disposing the result ends that.
    /// </summary>
    internal IDisposable AddReclaimer(IMemoryReclaimer reclaimer) => throw new NotImplementedException();
}
