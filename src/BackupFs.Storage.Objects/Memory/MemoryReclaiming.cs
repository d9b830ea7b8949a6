using System.Diagnostics.CodeAnalysis;

namespace BackupFs.Storage.Objects;

/// <summary>
/// Asks reclaimers for memory while somebody waits for it: as many at a time as wait, up to a bound, each of them never twice
/// at once. Thread-safe.
/// </summary>
/// <remarks>The pauses are of real time also in tests with another clock: they decide when to look, and nothing else.</remarks>
[SuppressMessage("Reliability", "CA1001", Justification = "A semaphore without a wait handle holds nothing.")]
internal sealed class MemoryReclaiming
{
    /// <summary>Reclaimers asked at the same time at most: each may be an upload.</summary>
    private const int MaximumAsked = 8;

    /// <summary>
    /// How long to wait before looking again when nobody could be asked. What becomes reclaimable is not announced; this bounds
    /// how late it is found. Whoever had nothing to give is left out of one round, so that it is not asked without a pause.
    /// </summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private readonly HashSet<Entry> _entries = [];
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly Func<int> _waiting;
    private int _asked;
    private long _round;
    private bool _running;

    /// <param name="waiting">How many wait for memory.</param>
    internal MemoryReclaiming(Func<int> waiting) => _waiting = waiting;

    /// <summary>Adds somebody to ask; disposing the result removes it and cancels what it was asked.</summary>
    internal IDisposable Add(IMemoryReclaimer reclaimer)
    {
        var entry = new Entry(this, reclaimer);
        lock (_gate)
        {
            _entries.Add(entry);
        }

        return entry;
    }

    /// <summary>Somebody began to wait.</summary>
    internal void Wake()
    {
        lock (_gate)
        {
            if (_running)
            {
                Signal();
                return;
            }

            _running = true;
        }

        _ = Task.Run(RunAsync);
    }

    private async Task RunAsync()
    {
        while (true)
        {
            var waiting = _waiting();
            List<Entry> candidates;
            int wanted;
            lock (_gate)
            {
                if (waiting == 0)
                {
                    _running = false;
                    break;
                }

                _round++;
                wanted = Math.Min(waiting, MaximumAsked) - _asked;
                candidates = wanted <= 0 ? [] : [.. _entries.Where(entry => !entry.IsAsked && entry.RestsUntil <= _round)];
            }

            // Outside the lock: the reclaimers take their own to answer.
            foreach (var entry in candidates
                .Where(entry => entry.Reclaimer.Reclaimable > 0)
                .Select(entry => (Entry: entry, entry.Reclaimer.Priority, entry.Reclaimer.Recency))
                .OrderBy(found => found.Priority).ThenBy(found => found.Recency)
                .Take(Math.Max(wanted, 0)).Select(found => found.Entry))
            {
                Start(entry);
            }

            await _changed.WaitAsync(Pause).ConfigureAwait(false);
        }

        if (_waiting() > 0)
        {
            // Somebody came between the last look and the end.
            Wake();
        }
    }

    private void Start(Entry entry)
    {
        lock (_gate)
        {
            entry.IsAsked = true;
            _asked++;
        }

        _ = Task.Run(async () =>
        {
            var before = entry.Reclaimer.Reclaimable;
            await entry.Reclaimer.ReclaimAsync(entry.Removed).ConfigureAwait(false);
            var gaveNothing = entry.Reclaimer.Reclaimable >= before;
            lock (_gate)
            {
                entry.IsAsked = false;
                entry.RestsUntil = gaveNothing ? _round + 2 : 0;
                _asked--;
                Signal();
            }
        });
    }

    /// <summary>Under the lock.</summary>
    private void Signal()
    {
        if (_changed.CurrentCount == 0)
        {
            _changed.Release();
        }
    }

    private void Remove(Entry entry)
    {
        lock (_gate)
        {
            _entries.Remove(entry);
        }
    }

    private sealed class Entry(MemoryReclaiming owner, IMemoryReclaimer reclaimer) : IDisposable
    {
        private readonly CancellationTokenSource _removed = new();

        internal IMemoryReclaimer Reclaimer => reclaimer;

        internal CancellationToken Removed => _removed.Token;

        /// <summary>Guarded by the owner's lock.</summary>
        internal bool IsAsked { get; set; }

        /// <summary>The round in which it may be asked again; guarded by the owner's lock.</summary>
        internal long RestsUntil { get; set; }

        public void Dispose()
        {
            owner.Remove(this);
            _removed.Cancel();
        }
    }
}
