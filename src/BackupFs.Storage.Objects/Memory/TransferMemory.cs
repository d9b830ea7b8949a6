namespace BackupFs.Storage.Objects;

/// <summary>Granules for one transfer (<see cref="MemoryBudget.RentForTransferAsync"/>); disposing it, once, gives all back.</summary>
internal sealed class TransferMemory : IDisposable
{
    private readonly Granule[] _granules;
    private MemoryBudget? _reserveOf;
    private int _taken;

    /// <param name="granules">The granules.</param>
    /// <param name="reserveOf">The budget whose reserve they are; null for ordinary ones.</param>
    internal TransferMemory(Granule[] granules, MemoryBudget? reserveOf)
    {
        _granules = granules;
        _reserveOf = reserveOf;
    }

    /// <summary>One that was not taken yet; it stays owned by this object.</summary>
    internal Granule Take() => _granules[_taken++];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var granule in _granules)
        {
            granule.Dispose();
        }

        Interlocked.Exchange(ref _reserveOf, null)?.ReleaseReserve();
    }
}
