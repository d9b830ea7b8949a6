using BackupFs.Fuse.Interop;
using Microsoft.Extensions.Logging;

namespace BackupFs.Fuse.Processes;

/// <summary>Waits, on a thread of its own, for watched processes to end, and learns how they did. Thread-safe.</summary>
internal sealed class ExitCollector : IDisposable
{
    private const int ErrorShutDown = 108;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMilliseconds(250);

    private readonly ProcessExitQueue _queue = new();
    private readonly List<DyingProcess> _dying = [];
    private readonly List<SettleRequest> _settling = [];
    private readonly List<SettleRequest> _newSettling = [];
    private readonly List<(WatchedProcess Process, int ThreadId)> _captures = [];
    private readonly object _gate = new();
    private readonly ProcessTable _table;
    private readonly ExitStatusReader _statuses;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ProcessWatcherLimits _limits;
    private readonly Thread _thread;
    private bool _stopping;

    /// <summary>Starts the thread.</summary>
    /// <param name="table">Where the living are; the ended are taken out of it.</param>
    /// <param name="features">What the kernel can do.</param>
    /// <param name="limits">How long it waits for what.</param>
    /// <param name="time">Measures.</param>
    /// <param name="logger">Logs.</param>
    internal ExitCollector(ProcessTable table, ProcessFeatures features, ProcessWatcherLimits limits, TimeProvider time, ILogger logger)
    {
        _table = table;
        _statuses = new ExitStatusReader(features);
        _limits = limits;
        _time = time;
        _logger = logger;
        _thread = new Thread(Run, maxStackSize: 256 * 1024) { IsBackground = true, Name = "process exits" };
        _thread.Start();
    }

    /// <summary>Waits for a process of the table; 0, or the error number.</summary>
    internal int Register(WatchedProcess process)
    {
        lock (_gate)
        {
            return _stopping ? ErrorShutDown : _queue.Add(process.Descriptor, process.Number);
        }
    }

    /// <summary>
    /// Completes when every end that happened before the call is recorded, or after 200 ms for those that nobody can tell of
    /// yet (a zombie of another user). Completes at once after disposal.
    /// </summary>
    internal Task SettleAsync()
    {
        lock (_gate)
        {
            if (_stopping)
            {
                return Task.CompletedTask;
            }

            SettleRequest request = new();
            _newSettling.Add(request);
            _queue.Wake();
            return request.Done.Task;
        }
    }

    /// <summary>
    /// For kernels that do not tell the status later: reads it of a thread that is torn down, on the collector's thread,
    /// waiting for it no longer than the limit.
    /// </summary>
    internal void Capture(WatchedProcess process, int threadId)
    {
        lock (_gate)
        {
            if (_stopping)
            {
                return;
            }

            _captures.Add((process, threadId));
            _queue.Wake();
            long start = _time.GetTimestamp();
            while (process.CapturedStatus < 0 && !_stopping)
            {
                TimeSpan left = _limits.Capture - _time.GetElapsedTime(start);
                if (left <= TimeSpan.Zero || !Monitor.Wait(_gate, left))
                {
                    return;
                }
            }
        }
    }

    /// <summary>Ends the thread; who waits for a settling is let go.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            _queue.Wake();
            Monitor.PulseAll(_gate);
        }

        _thread.Join(); // nobody touches the queue from here on: who comes now sees that we are stopping
        foreach (SettleRequest request in _settling.Concat(_newSettling))
        {
            request.Done.TrySetResult();
        }

        _queue.Dispose();
    }

    private void Run()
    {
        Span<ulong> ended = stackalloc ulong[128];
        while (!Volatile.Read(ref _stopping))
        {
            try
            {
                Take(ended[.._queue.Wait(ended, MillisecondsToNext())]);
                DoCaptures();
                bool asked = BeginSettling(ended);
                Retry(all: asked);
                FinishSettling();
            }
            catch (Exception exception)
            {
                ProcessWatcherLog.Unexpected(_logger, exception);
            }
        }
    }

    private void Take(ReadOnlySpan<ulong> ended)
    {
        foreach (ulong number in ended)
        {
            if (_table.Find(number) is not { } process)
            {
                continue;
            }

            // Before its status, so that both are seen together.
            PipelineEnd.ReleaseFeeders(process);
            string? name = ProcessStatus.NameOf(process.ProcessId);
            process.NoteFinalName(process.Descriptor.IsReaped ? null : name);
            DyingProcess dying = new(process, _time.GetTimestamp());
            if (!TryFinish(dying))
            {
                _dying.Add(dying);
            }
        }
    }

    private bool TryFinish(DyingProcess dying)
    {
        ProcessEnding? ending = _statuses.TryRead(dying.Process);
        if (ending is null && _time.GetElapsedTime(dying.Since) >= _limits.ExitPatience)
        {
            ending = ProcessEnding.Unknown;
        }

        if (ending is not { } known)
        {
            dying.Delay = dying.Delay == TimeSpan.Zero ? FirstRetry : TimeSpan.FromTicks(Math.Min(dying.Delay.Ticks * 2, LongestRetry.Ticks));
            dying.LastTry = _time.GetTimestamp();
            return false;
        }

        if (!known.IsKnown)
        {
            ProcessWatcherLog.StatusUnknown(_logger, dying.Process.ProcessId);
        }

        _table.Remove(dying.Process);
        dying.Process.Descriptor.Dispose();
        dying.Process.End(known);
        return true;
    }

    private void Retry(bool all) =>
        _dying.RemoveAll(dying => (all || _time.GetElapsedTime(dying.LastTry) >= dying.Delay) && TryFinish(dying));

    private void DoCaptures()
    {
        lock (_gate)
        {
            foreach ((WatchedProcess process, int threadId) in _captures)
            {
                process.CapturedStatus = ZombieStatus.OfTornDown(threadId) ?? process.CapturedStatus;
            }

            _captures.Clear();
            Monitor.PulseAll(_gate);
        }
    }

    private bool BeginSettling(Span<ulong> ended)
    {
        List<SettleRequest> fresh;
        lock (_gate)
        {
            fresh = [.. _newSettling];
            _newSettling.Clear();
        }

        if (fresh.Count == 0)
        {
            return false;
        }

        // An end is in the queue before the parent can reap the process, so what is there now is all that happened before.
        for (int count = _queue.Wait(ended, 0); count > 0; count = _queue.Wait(ended, 0))
        {
            Take(ended[..count]);
        }

        foreach (SettleRequest request in fresh)
        {
            request.Since = _time.GetTimestamp();
            request.Awaited = [.. _dying];
            _settling.Add(request);
        }

        return true;
    }

    private void FinishSettling() => _settling.RemoveAll(request =>
    {
        bool done = request.Awaited.TrueForAll(static dying => dying.Process.Ending is not null)
            || _time.GetElapsedTime(request.Since) >= _limits.SettleExits;
        if (done)
        {
            request.Done.TrySetResult();
        }

        return done;
    });

    private int MillisecondsToNext()
    {
        lock (_gate)
        {
            // The look at the queue in BeginSettling may have swallowed the wake-up of whoever came meanwhile.
            if (_newSettling.Count > 0 || _captures.Count > 0)
            {
                return 0;
            }
        }

        TimeSpan? next = null;
        foreach (DyingProcess dying in _dying)
        {
            TimeSpan left = dying.Delay - _time.GetElapsedTime(dying.LastTry);
            next = next is null || left < next ? left : next;
        }

        foreach (SettleRequest request in _settling)
        {
            TimeSpan left = _limits.SettleExits - _time.GetElapsedTime(request.Since);
            next = next is null || left < next ? left : next;
        }

        return next is { } wait ? Math.Max(0, (int)Math.Ceiling(wait.TotalMilliseconds)) : -1;
    }

    private sealed class DyingProcess(WatchedProcess process, long since)
    {
        internal WatchedProcess Process { get; } = process;

        internal long Since { get; } = since;

        internal long LastTry { get; set; }

        internal TimeSpan Delay { get; set; }
    }

    private sealed class SettleRequest
    {
        internal TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal long Since { get; set; }

        internal List<DyingProcess> Awaited { get; set; } = [];
    }
}
