using Microsoft.Extensions.Logging;

namespace BackupFs.Fuse.Serving;

/// <summary>
/// The slots of a session. A few free ones are kept for reuse; the number in use is capped, and at the cap the
/// readers wait, which holds the kernel back.
/// </summary>
internal sealed class RequestPool(int maxSlots, int keep, ILogger log)
{
    private readonly object _gate = new();
    private readonly Stack<RequestSlot> _free = new();
    private RequestSlot[] _all = [];
    private int _rented;
    private bool _stopped;
    private bool _closed;

    internal ILogger Log { get; } = log;

    /// <summary>All slots in existence, for finding a request by its number; a snapshot.</summary>
    internal RequestSlot[] All => Volatile.Read(ref _all);

    /// <summary>Requests taken and not yet answered.</summary>
    internal int PendingCount => All.Count(slot => slot.IsPending);

    /// <summary>A free slot; waits while too many requests are pending. Null once the session ends.</summary>
    internal RequestSlot? Rent()
    {
        lock (_gate)
        {
            while (_rented >= maxSlots && !_stopped)
            {
                Monitor.Wait(_gate);
            }

            if (_stopped)
            {
                return null;
            }

            _rented++;
            if (_free.TryPop(out RequestSlot? slot))
            {
                return slot;
            }

            slot = new RequestSlot(this);
            Volatile.Write(ref _all, [.. _all, slot]);
            return slot;
        }
    }

    /// <summary>Takes a slot back that no request uses.</summary>
    internal void Return(RequestSlot slot)
    {
        bool kept;
        lock (_gate)
        {
            _rented--;
            kept = !_closed && _free.Count < keep;
            if (kept)
            {
                _free.Push(slot);
            }
            else
            {
                Volatile.Write(ref _all, [.. _all.Where(other => other != slot)]);
            }

            Monitor.Pulse(_gate);
        }

        if (!kept)
        {
            slot.Dispose();
        }
    }

    /// <summary>Lets go everybody who waits for a slot; no more are given out.</summary>
    internal void StopRenting()
    {
        lock (_gate)
        {
            _stopped = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Interrupts all pending requests.</summary>
    internal void InterruptAll()
    {
        foreach (RequestSlot slot in All)
        {
            slot.InterruptIfPending();
        }
    }

    /// <summary>Frees the free slots; those still in use are freed when they are returned.</summary>
    internal void Close()
    {
        RequestSlot[] free;
        lock (_gate)
        {
            _closed = true;
            free = [.. _free];
            _free.Clear();
            Volatile.Write(ref _all, [.. _all.Except(free)]);
        }

        foreach (RequestSlot slot in free)
        {
            slot.Dispose();
        }
    }
}
