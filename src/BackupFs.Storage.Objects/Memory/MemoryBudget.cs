using System.Diagnostics.CodeAnalysis;

namespace BackupFs.Storage.Objects;

/// <summary>
/// The memory that all transfers of a storage share, in granules of 1 MiB. Nobody gets more than there is: those who need
/// memory wait, in order, and those who only want it (read-ahead) do without. Thread-safe.
/// </summary>
/// <remarks>
/// <para>An eighth, at most <see cref="MaximumReserve"/> granules, is a reserve for whoever has to read bytes in order to give
/// memory back (<see cref="RentForTransferAsync"/>). One transfer at a time has it, and it waits for no other memory while it
/// does: so there is always somebody who gets on.</para>
/// <para>Its lock is a leaf: nobody is called while it is held.</para>
/// </remarks>
[SuppressMessage("Reliability", "CA1001", Justification = "A semaphore without a wait handle and a timer that ends by itself hold nothing.")]
internal sealed class MemoryBudget
{
    /// <summary>Bytes of a granule.</summary>
    internal const int GranuleBytes = 1 << 20;

    /// <summary>Granules of the reserve at most.</summary>
    internal const int MaximumReserve = 8;

    /// <summary>How long arrays that nobody needs are kept.</summary>
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly Stack<byte[]> _free = new();
    private readonly LinkedList<Waiter> _waiters = new();
    private readonly SemaphoreSlim _reserveFree = new(1, 1);
    private readonly TimeProvider _time;
    private readonly MemoryReclaiming _reclaiming;
    private ITimer? _idle;
    private int _ordinary;
    private int _used;
    private long _rents;
    private long _rentsWhenIdle = -1;

    /// <param name="limit">Bytes, at least <see cref="ObjectStorageOptions.MinimumMemory"/>; with less, large files cannot be written.</param>
    /// <param name="time">The clock; the system's by default.</param>
    internal MemoryBudget(long limit, TimeProvider? time = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, GranuleBytes);
        Limit = limit;
        _time = time ?? TimeProvider.System;
        var granules = (int)Math.Min(limit / GranuleBytes, int.MaxValue);
        Reserve = Math.Min(MaximumReserve, granules / 8);
        _ordinary = granules - Reserve;
        _reclaiming = new MemoryReclaiming(() => Waiting);
    }

    /// <summary>Bytes at most.</summary>
    internal long Limit { get; }

    /// <summary>Granules that only <see cref="RentForTransferAsync"/> hands out; at most so many can be asked of it.</summary>
    internal int Reserve { get; }

    /// <summary>Bytes handed out.</summary>
    internal long Used => (long)Volatile.Read(ref _used) * GranuleBytes;

    /// <summary>How many wait for a granule.</summary>
    internal int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiters.Count;
            }
        }
    }

    /// <summary>A granule if one is free and nobody waits for one; null otherwise.</summary>
    internal Granule? TryRent()
    {
        lock (_gate)
        {
            if (_ordinary == 0 || _waiters.Count > 0)
            {
                return null;
            }

            _ordinary--;
            return Take();
        }
    }

    /// <summary>A granule, as soon as there is one. Completes synchronously if one is free.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled while waiting.</exception>
    internal ValueTask<Granule> RentAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<Granule>(cancellationToken);
        }

        Waiter waiter;
        lock (_gate)
        {
            if (_ordinary > 0 && _waiters.Count == 0)
            {
                _ordinary--;
                return new(Take());
            }

            waiter = new Waiter();
            waiter.Node = _waiters.AddLast(waiter);
        }

        _reclaiming.Wake();
        return new(WaitAsync(waiter, cancellationToken));
    }

    /// <summary>
    /// Granules for reading what has to be uploaded again: free ones, else the reserve, which is waited for. Whoever has them
    /// must not wait for memory until they are given back.
    /// </summary>
    /// <param name="count">1..<see cref="Reserve"/>.</param>
    /// <param name="cancellationToken">For the wait.</param>
    internal async ValueTask<TransferMemory> RentForTransferAsync(int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Reserve);
        var granules = new Granule[count];
        var rented = 0;
        while (rented < count && TryRent() is { } granule)
        {
            granules[rented++] = granule;
        }

        if (rented == count)
        {
            return new TransferMemory(granules, null);
        }

        foreach (var granule in granules.AsSpan(0, rented))
        {
            granule.Dispose();
        }

        await _reserveFree.WaitAsync(cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            for (var i = 0; i < count; i++)
            {
                granules[i] = Take(fromReserve: true);
            }
        }

        return new TransferMemory(granules, this);
    }

    /// <summary>
    /// Somebody who can give memory back: asked, on the thread pool and never by two threads at once, while others wait.
    /// Disposing the result ends that.
    /// </summary>
    internal IDisposable AddReclaimer(IMemoryReclaimer reclaimer) => _reclaiming.Add(reclaimer);

    /// <summary>Called by a granule.</summary>
    internal void Return(byte[] bytes, bool toReserve)
    {
        Waiter? served = null;
        Granule? granule = null;
        lock (_gate)
        {
            _free.Push(bytes);
            _used--;
            _ordinary += toReserve ? 0 : 1;
            if (!toReserve && _waiters.First is { } first)
            {
                _waiters.RemoveFirst();
                served = first.Value;
                served.Node = null;
                _ordinary--;
                granule = Take();
            }
            else if (_used == 0)
            {
                WatchIdle();
            }
        }

        served?.Rented.SetResult(granule!);
    }

    /// <summary>Called by <see cref="TransferMemory"/> when the granules of the reserve were given back.</summary>
    internal void ReleaseReserve() => _reserveFree.Release();

    private async Task<Granule> WaitAsync(Waiter waiter, CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.UnsafeRegister(
            state =>
            {
                lock (_gate)
                {
                    if (waiter.Node is null)
                    {
                        // It has its granule already, and whoever asked gets it: nothing is lost.
                        return;
                    }

                    _waiters.Remove(waiter.Node);
                    waiter.Node = null;
                }

                waiter.Rented.SetCanceled(cancellationToken);
            },
            null);
        return await waiter.Rented.Task.ConfigureAwait(false);
    }

    /// <summary>Under the lock.</summary>
    private Granule Take(bool fromReserve = false)
    {
        _used++;
        _rents++;
        return new Granule(this, _free.TryPop(out var bytes) ? bytes : GC.AllocateUninitializedArray<byte>(GranuleBytes), fromReserve);
    }

    /// <summary>Under the lock: nothing is handed out now. When nothing was for a while, the arrays are left to the collector.</summary>
    private void WatchIdle()
    {
        if (_rentsWhenIdle >= 0)
        {
            return;
        }

        _rentsWhenIdle = _rents;

        // Weakly: a timer must not keep the arrays of a budget that nobody has any more.
        _idle ??= _time.CreateTimer(
            static budget =>
            {
                if (((WeakReference<MemoryBudget>)budget!).TryGetTarget(out var target))
                {
                    target.OnIdle();
                }
            },
            new WeakReference<MemoryBudget>(this),
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
        _idle.Change(IdleTime, Timeout.InfiniteTimeSpan);
    }

    private void OnIdle()
    {
        lock (_gate)
        {
            var unused = _rents == _rentsWhenIdle;
            _rentsWhenIdle = -1;
            if (unused)
            {
                _free.Clear();
                _free.TrimExcess();
            }
            else if (_used == 0)
            {
                WatchIdle();
            }
        }
    }

    private sealed class Waiter
    {
        internal TaskCompletionSource<Granule> Rented { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Its place in the queue; null once it was served or has given up.</summary>
        internal LinkedListNode<Waiter>? Node { get; set; }
    }
}
