using Microsoft.Extensions.Logging;

namespace BackupFs.Fuse.Processes;

/// <summary>
/// Finds, on a thread of its own, the processes that write into the pipe a watched process reads from, and so on up the
/// pipeline. Once a process. Thread-safe.
/// </summary>
internal sealed class FeederSearch : IDisposable
{
    private readonly List<Request> _requests = [];
    private readonly List<Request> _underWay = [];
    private readonly List<Doubt> _doubts = [];
    private readonly object _gate = new();
    private readonly PipeHolderScanner _scanner;
    private readonly IReadOnlyList<TimeSpan> _secondLooks;
    private readonly Func<PipeHolder, WatchedProcess?> _adopt;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private bool _stopping;

    /// <summary>Starts the thread.</summary>
    /// <param name="scanner">Looks at all processes.</param>
    /// <param name="adopt">Watches a holder, taking over its descriptor; null if that is not possible.</param>
    /// <param name="secondLooks">When doubtful holders are looked at again.</param>
    /// <param name="time">Measures.</param>
    /// <param name="logger">Logs.</param>
    internal FeederSearch(
        PipeHolderScanner scanner,
        Func<PipeHolder, WatchedProcess?> adopt,
        IReadOnlyList<TimeSpan> secondLooks,
        TimeProvider time,
        ILogger logger)
    {
        _secondLooks = secondLooks;
        _scanner = scanner;
        _adopt = adopt;
        _time = time;
        _logger = logger;
        _thread = new Thread(Run, maxStackSize: 256 * 1024) { IsBackground = true, Name = "feeder search" };
        _thread.Start();
    }

    /// <summary>Begins the search for the feeders of a process whose standard input is a pipe.</summary>
    internal void Begin(WatchedProcess reader)
    {
        lock (_gate)
        {
            Request request = new(reader);
            _requests.Add(request);
            _underWay.Add(request);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Completes when every search that had begun before the call is over.</summary>
    internal Task SettleAsync()
    {
        lock (_gate)
        {
            return _stopping || _underWay.Count == 0
                ? Task.CompletedTask
                : Task.WhenAll(_underWay.ConvertAll(static request => request.Done.Task));
        }
    }

    /// <summary>Ends the thread; who waits is let go.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }

        _thread.Join();
        foreach (Request request in _underWay)
        {
            request.Done.TrySetResult();
        }
    }

    private void Run()
    {
        while (TakeRequests() is { } requests)
        {
            try
            {
                if (requests.Count > 0)
                {
                    Search(requests);
                }

                _doubts.RemoveAll(TryResolve);
            }
            catch (Exception exception)
            {
                ProcessWatcherLog.Unexpected(_logger, exception);
            }

            lock (_gate)
            {
                _underWay.RemoveAll(request =>
                    !_requests.Contains(request)
                    && !_doubts.Exists(doubt => doubt.Request == request)
                    && request.Done.TrySetResult());
            }
        }
    }

    private List<Request>? TakeRequests()
    {
        lock (_gate)
        {
            while (!_stopping)
            {
                TimeSpan? left = _doubts.Count == 0 ? null : _doubts.Min(Left);
                if (_requests.Count > 0 || left <= TimeSpan.Zero)
                {
                    List<Request> taken = [.. _requests];
                    _requests.Clear();
                    return taken;
                }

                _ = Monitor.Wait(_gate, left is { } wait ? wait + TimeSpan.FromMilliseconds(1) : Timeout.InfiniteTimeSpan);
            }

            return null;
        }
    }

    private void Search(List<Request> requests)
    {
        using PipeHolders holders = _scanner.Scan(requests.ConvertAll(static request => request.Reader.ProcessId));
        foreach (Request request in requests)
        {
            HashSet<WatchedProcess> seen = [request.Reader];
            Queue<WatchedProcess> readers = new(seen);
            while (readers.TryDequeue(out WatchedProcess? reader))
            {
                foreach (WatchedProcess feeder in FindFeeders(request, reader, holders))
                {
                    if (seen.Add(feeder))
                    {
                        readers.Enqueue(feeder);
                    }
                }

                if (reader.Descriptor.IsEnded)
                {
                    PipelineEnd.ReleaseFeeders(reader);
                }
            }
        }
    }

    private List<WatchedProcess> FindFeeders(Request request, WatchedProcess reader, PipeHolders holders)
    {
        List<WatchedProcess> found = [];
        HashSet<int> ancestors = AncestorsOf(reader.ParentProcessId, holders);
        bool IsDoubtful(PipeHolder holder) => holder.ClosesOnExec(reader.InputPipe) || ancestors.Contains(holder.ProcessId);

        IReadOnlyList<PipeHolder> writers = holders.WritersOf(reader.InputPipe);
        HashSet<int> sure = [.. writers.Where(holder => !IsDoubtful(holder)).Select(static holder => holder.ProcessId)];
        foreach (PipeHolder holder in writers)
        {
            if (holder.ProcessId == reader.ProcessId || _adopt(holder) is not { } feeder)
            {
                continue;
            }

            found.Add(feeder);

            // An ancestor is most often a shell about to close the pipe. A copy that closes on exec is most often another child
            // of whoever made the pipe, forked and about to run its program.
            if (IsDoubtful(holder))
            {
                _doubts.Add(new Doubt(request, reader, feeder) { Since = _time.GetTimestamp() });
            }
            else if (AncestorsOf(holder.ParentId, holders).Overlaps(sure))
            {
                reader.AddChildOfFeeder(feeder);
            }
            else
            {
                reader.AddFeeder(feeder);
            }
        }

        return found;
    }

    private bool TryResolve(Doubt doubt)
    {
        if (Left(doubt) > TimeSpan.Zero)
        {
            return false;
        }

        bool holds = PipeEnd.IsWriter(doubt.Feeder.ProcessId, doubt.Reader.InputPipe);
        if (doubt.Feeder.Descriptor.IsEnded)
        {
            if (doubt.Looks > 0)
            {
                doubt.Reader.AddFeeder(doubt.Feeder);
            }

            return true;
        }

        if (!holds)
        {
            return true;
        }

        if (++doubt.Looks < _secondLooks.Count)
        {
            return false;
        }

        doubt.Reader.AddFeeder(doubt.Feeder);
        if (doubt.Reader.Descriptor.IsEnded)
        {
            PipelineEnd.ReleaseFeeders(doubt.Reader);
        }

        return true;
    }

    private TimeSpan Left(Doubt doubt) => _secondLooks[doubt.Looks] - _time.GetElapsedTime(doubt.Since);

    /// <summary>A process and its ancestors, as they were at the look where that saw them.</summary>
    private static HashSet<int> AncestorsOf(int processId, PipeHolders holders)
    {
        HashSet<int> found = [];
        while (processId > 0 && found.Add(processId))
        {
            processId = holders.ParentOf(processId) ?? ProcessStatus.ParentOf(processId);
        }

        return found;
    }

    private sealed class Request(WatchedProcess reader)
    {
        internal WatchedProcess Reader { get; } = reader;

        internal TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Doubt(Request request, WatchedProcess reader, WatchedProcess feeder)
    {
        internal Request Request { get; } = request;

        internal WatchedProcess Reader { get; } = reader;

        internal WatchedProcess Feeder { get; } = feeder;

        internal long Since { get; init; }

        internal int Looks { get; set; }
    }
}
