namespace BackupFs.Storage.Objects;

/// <summary>
/// One MiB of a <see cref="MemoryBudget"/>; disposing it, once, gives it back. Its first content is undefined. The bytes must not
/// be used after that: they are somebody else's.
/// </summary>
internal sealed class Granule : IDisposable
{
    private readonly MemoryBudget _budget;
    private readonly bool _fromReserve;
    private byte[]? _bytes;

    internal Granule(MemoryBudget budget, byte[] bytes, bool fromReserve)
    {
        _fromReserve = fromReserve;
        _budget = budget;
        _bytes = bytes;
    }

    /// <summary>The bytes, <see cref="MemoryBudget.GranuleBytes"/> of them.</summary>
    internal Memory<byte> Memory => Bytes;

    /// <summary>The same bytes, for those who copy.</summary>
    internal Span<byte> Span => Bytes;

    private byte[] Bytes => Volatile.Read(ref _bytes) ?? throw new ObjectDisposedException(nameof(Granule));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _bytes, null) is { } bytes)
        {
            _budget.Return(bytes, _fromReserve);
        }
    }
}
