namespace BackupFs.FaultProxy;

/// <summary>A connection that goes wrong after a number of bytes. Thread-safe.</summary>
/// <param name="direction">Which bytes are counted.</param>
/// <param name="after">So many pass, on each connection, counted from the first that passes once the fault is there.</param>
/// <param name="end">What happens then.</param>
/// <param name="times">To so many connections.</param>
public sealed class ByteFault(FlowDirection direction, long after, ConnectionEnd end, int times = int.MaxValue)
{
    private readonly int _times = times;
    private int _hits;

    /// <summary>Which bytes are counted.</summary>
    public FlowDirection Direction => direction;

    /// <summary>Bytes that pass.</summary>
    public long After => after;

    /// <summary>What happens then.</summary>
    public ConnectionEnd End => end;

    /// <summary>How often it happened.</summary>
    public int Hits => Math.Min(Volatile.Read(ref _hits), _times);

    internal bool IsSpent => Volatile.Read(ref _hits) >= _times;

    internal bool TryHit() => Interlocked.Increment(ref _hits) <= _times;
}
