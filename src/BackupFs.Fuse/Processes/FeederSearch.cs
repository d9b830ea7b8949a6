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
    private readonly List<(Request Request, WatchedProcess Reader)> _again = [];
    private readonly object _gate = new();
    private readonly PipeHolderScanner _scanner;
    private readonly ProcessWatcherLimits _limits;
    private readonly Func<PipeHolder, WatchedProcess?> _adopt;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private bool _settling;
    private bool _stopping;

    /// <summary>Starts the thread.</summary>
    /// <param name="scanner">Looks at all processes.</param>
    /// <param name="adopt">Watches a holder, taking over its descriptor; null if that is not possible.</param>
    /// <param name="limits">When doubtful holders are looked at again.</param>
    /// <param name="time">Measures.</param>
    /// <param name="logger">Logs.</param>
    internal FeederSearch(
        PipeHolderScanner scanner,
        Func<PipeHolder, WatchedProcess?> adopt,
        ProcessWatcherLimits limits,
        TimeProvider time,
        ILogger logger)
    {
        _limits = limits;
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
            if (_stopping || _underWay.Count == 0)
            {
                return Task.CompletedTask;
            }

            _settling = true;
            Monitor.PulseAll(_gate);
            return Task.WhenAll(_underWay.ConvertAll(static request => request.Done.Task));
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
                    Search(requests.ConvertAll(static request => (request, request.Reader)));
                }

                _doubts.RemoveAll(TryResolve);
                while (_again.Count > 0)
                {
                    List<(Request, WatchedProcess)> again = [.. _again];
                    _again.Clear();
                    Search(again);
                }
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
                if (_requests.Count > 0 || left <= TimeSpan.Zero || _settling)
                {
                    List<Request> taken = [.. _requests];
                    _requests.Clear();
                    _settling = false;
                    return taken;
                }

                _ = Monitor.Wait(_gate, left is { } wait ? wait + TimeSpan.FromMilliseconds(1) : Timeout.InfiniteTimeSpan);
            }

            return null;
        }
    }

    private void Search(List<(Request Request, WatchedProcess Reader)> searches)
    {
        using PipeHolders holders = _scanner.Scan(searches.ConvertAll(static search => search.Reader.ProcessId));
        foreach ((Request request, WatchedProcess last) in searches)
        {
            HashSet<WatchedProcess> seen = [last];
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

        foreach (PipeHolder holder in holders.WritersOf(reader.InputPipe))
        {
            if (holder.ProcessId == reader.ProcessId || _adopt(holder) is not { } feeder)
            {
                continue;
            }

            found.Add(feeder);
            if (!request.Ancestors.ContainsKey(feeder))
            {
                request.Ancestors[feeder] = AncestorsOf(holder.ParentId, holders);
            }

            if (MayGetItsInputLater(holder))
            {
                _doubts.Add(new Doubt(request, reader: null, feeder) { Since = _time.GetTimestamp() });
            }

            // An ancestor is most often a shell about to close the pipe. A copy that closes on exec is most often another child
            // of whoever made the pipe, forked and about to run its program; or what a shell puts aside while it redirects a
            // builtin's output.
            if (IsDoubtful(holder))
            {
                _doubts.Add(new Doubt(request, reader, feeder) { Since = _time.GetTimestamp() });
            }
            else
            {
                AddFeeder(request, reader, feeder);
            }
        }

        return found;
    }

    /// <summary>
    /// Adds one that is known to be a feeder. In whatever order a process and its children become known as such: the children
    /// answer to it.
    /// </summary>
    private static void AddFeeder(Request request, WatchedProcess reader, WatchedProcess feeder)
    {
        reader.AddFeeder(feeder);
        foreach (WatchedProcess other in reader.DirectFeeders)
        {
            if (request.IsAncestor(other, of: feeder))
            {
                reader.LetParentDecide(feeder);
            }
            else if (request.IsAncestor(feeder, of: other))
            {
                reader.LetParentDecide(other);
            }
        }
    }

    private bool TryResolve(Doubt doubt)
    {
        // What has ended gets no other input: whoever waits for the search need not wait for the next look.
        if (Left(doubt) > TimeSpan.Zero && (doubt.Reader is not null || !doubt.Feeder.Descriptor.IsEnded))
        {
            return false;
        }

        return doubt.Reader is { } reader ? IsFeederOrNot(doubt, reader) : HasItsInput(doubt);
    }

    private bool IsFeederOrNot(Doubt doubt, WatchedProcess reader)
    {
        bool holds = PipeEnd.IsWriter(doubt.Feeder.ProcessId, reader.InputPipe);
        if (doubt.Feeder.Descriptor.IsEnded)
        {
            if (doubt.Looks > 0)
            {
                AddFeeder(doubt.Request, reader, doubt.Feeder);
            }

            return true;
        }

        if (!holds)
        {
            return true;
        }

        if (++doubt.Looks < LooksFor(doubt).Count)
        {
            return false;
        }

        AddFeeder(doubt.Request, reader, doubt.Feeder);
        if (reader.Descriptor.IsEnded)
        {
            PipelineEnd.ReleaseFeeders(reader);
        }

        return true;
    }

    /// <summary>
    /// A stage of a pipeline that was forked but has not run its program yet may still have the standard input of the shell: the
    /// stages before it are found only through the one that it will get.
    /// </summary>
    private static bool MayGetItsInputLater(PipeHolder holder) => holder.Name is null || holder.Name == ProcessStatus.NameOf(holder.ParentId);

    private bool HasItsInput(Doubt doubt)
    {
        long input = PipeEnd.StandardInputOf(doubt.Feeder.ProcessId);
        if (doubt.Feeder.Descriptor.IsEnded)
        {
            return true;
        }

        if (input != 0 && input != doubt.Feeder.InputPipe)
        {
            doubt.Feeder.TakeInput(input);
            _again.Add((doubt.Request, doubt.Feeder));
            return true;
        }

        return ++doubt.Looks >= LooksFor(doubt).Count;
    }

    private TimeSpan Left(Doubt doubt) => LooksFor(doubt)[doubt.Looks] - _time.GetElapsedTime(doubt.Since);

    private IReadOnlyList<TimeSpan> LooksFor(Doubt doubt) => doubt.Reader is null ? _limits.InputLooks : _limits.SecondLooks;

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

        /// <summary>Of the feeders found, as they were at the look that saw each first.</summary>
        internal Dictionary<WatchedProcess, HashSet<int>> Ancestors { get; } = [];

        internal bool IsAncestor(WatchedProcess process, WatchedProcess of) =>
            process != of && Ancestors.TryGetValue(of, out HashSet<int>? ancestors) && ancestors.Contains(process.ProcessId);
    }

    /// <summary>What a second look has to tell: whether a process feeds a reader, or, without one, what it reads itself.</summary>
    private sealed class Doubt(Request request, WatchedProcess? reader, WatchedProcess feeder)
    {
        internal Request Request { get; } = request;

        internal WatchedProcess? Reader { get; } = reader;

        internal WatchedProcess Feeder { get; } = feeder;

        internal long Since { get; init; }

        internal int Looks { get; set; }
    }
}
