using System.Collections.Immutable;

namespace BackupFs.FaultProxy;

/// <summary>
/// What is wrong with the bytes of a connection, or of all of a proxy; can be changed while bytes pass. Thread-safe.
/// </summary>
public sealed class TransportFaults
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ImmutableArray<ByteFault> _byteFaults = [];
    private TimeSpan _delay;
    private long _bytesPerSecond = long.MaxValue;
    private bool _isBlackHole;
    private bool _refusesConnections;

    /// <summary>Added whenever the flow turns round, and to the first bytes: half a round trip.</summary>
    public TimeSpan Delay
    {
        get => Get(ref _delay);
        set => Set(ref _delay, value);
    }

    /// <summary>What passes of a connection at most, in each direction.</summary>
    public long BytesPerSecond
    {
        get => Get(ref _bytesPerSecond);
        set => Set(ref _bytesPerSecond, value);
    }

    /// <summary>Connections are accepted, and nothing passes.</summary>
    public bool IsBlackHole
    {
        get => Get(ref _isBlackHole);
        set => Set(ref _isBlackHole, value);
    }

    /// <summary>New connections are reset at once.</summary>
    public bool RefusesConnections
    {
        get => Get(ref _refusesConnections);
        set => Set(ref _refusesConnections, value);
    }

    internal ImmutableArray<ByteFault> ByteFaults
    {
        get
        {
            lock (_lock)
            {
                return _byteFaults;
            }
        }
    }

    /// <summary>Completes at the next change.</summary>
    internal Task Changed
    {
        get
        {
            lock (_lock)
            {
                return _changed.Task;
            }
        }
    }

    /// <summary>Adds a fault that depends on the number of bytes.</summary>
    public ByteFault Add(ByteFault fault)
    {
        lock (_lock)
        {
            _byteFaults = _byteFaults.Add(fault);
            Announce();
        }

        return fault;
    }

    /// <summary>Everything works again; what was stalled goes on.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            (_delay, _bytesPerSecond, _isBlackHole, _refusesConnections, _byteFaults) = (TimeSpan.Zero, long.MaxValue, false, false, []);
            Announce();
        }
    }

    private T Get<T>(ref T field)
    {
        lock (_lock)
        {
            return field;
        }
    }

    private void Set<T>(ref T field, T value)
    {
        lock (_lock)
        {
            field = value;
            Announce();
        }
    }

    private void Announce()
    {
        _changed.SetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
