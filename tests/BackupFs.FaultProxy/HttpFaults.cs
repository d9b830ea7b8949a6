using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace BackupFs.FaultProxy;

/// <summary>What goes wrong with the requests of a proxy that knows HTTP; can be changed at any time. Thread-safe.</summary>
public sealed class HttpFaults
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ImmutableArray<HttpFault> _faults = [];

    /// <summary>All requests that came, as <c>METHOD target</c>, in order.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

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

    /// <summary>Adds a fault; of several that match a request, the one added first happens.</summary>
    public HttpFault Add(HttpFault fault)
    {
        lock (_lock)
        {
            _faults = _faults.Add(fault);
            Announce();
        }

        return fault;
    }

    /// <summary>Everything works again; what was stalled goes on.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _faults = [];
            Announce();
        }
    }

    internal bool Contains(HttpFault fault)
    {
        lock (_lock)
        {
            // By reference: equal faults may be there twice.
            return _faults.Any(present => ReferenceEquals(present, fault));
        }
    }

    internal HttpFault? Match(HttpHead request)
    {
        Requests.Enqueue($"{request.Method} {request.Target}");
        ImmutableArray<HttpFault> faults;
        lock (_lock)
        {
            faults = _faults;
        }

        return faults.FirstOrDefault(fault => fault.TryHit(request));
    }

    private void Announce()
    {
        _changed.SetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
