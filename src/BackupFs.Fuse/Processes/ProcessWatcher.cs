using BackupFs.Fuse.Interop;
using Microsoft.Extensions.Logging;

namespace BackupFs.Fuse.Processes;

/// <summary>
/// Watches the processes that send requests: which program they run, how they end, and which processes feed them through a
/// pipe. Needs pidfds (Linux 5.3); full fidelity since Linux 6.15, which tells the exit status of any process without
/// privilege. Before, the status is read while the process dies or is a zombie, which takes the same user or root. Works as any user;
/// what an ordinary user may not see of other users' processes (feeders, digests) is missing. Thread-safe.
/// </summary>
public sealed class ProcessWatcher : IDisposable
{
    private readonly ProcessTable _table = new();
    private readonly ProcessFeatures _features;
    private readonly ProcessWatcherLimits _limits;
    private readonly ExitCollector _exits;
    private readonly IdentityReader _identities;
    private readonly FeederSearch _feeders;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private ulong _lastNumber;
    private int _troubleLogged;
    private volatile bool _disposed;

    /// <summary>Starts watching; nobody is watched yet. Three threads wait in the background until it is disposed of.</summary>
    /// <param name="logger">What goes wrong; never names or arguments of processes.</param>
    /// <param name="time">Measures waits and limits.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">No descriptors left.</exception>
    public ProcessWatcher(ILogger<ProcessWatcher> logger, TimeProvider time)
        : this(logger, time, ProcessFeatures.Detect(Environment.OSVersion.Version), new ProcessWatcherLimits())
    {
    }

    internal ProcessWatcher(ILogger logger, TimeProvider time, ProcessFeatures features, ProcessWatcherLimits limits)
    {
        _limits = limits;
        _logger = logger;
        _time = time;
        _features = features;
        _exits = new ExitCollector(_table, features, limits, time, logger);
        _identities = new IdentityReader(time, logger);
        _feeders = new FeederSearch(new PipeHolderScanner(limits.Scan, time, logger), Adopt, limits, time, logger);
    }

    /// <summary>How many processes are watched now, ended ones whose status is still awaited included.</summary>
    public int Count => _table.Count;

    internal ProcessTable Table => _table;

    /// <summary>
    /// The process of a thread that waits for an answer of ours (so it is alive, and not in an exec), watched from now on; null when it
    /// cannot be seen. Never blocks on the caller. Microseconds and no allocation for a process already watched; below 5 ms
    /// for a new one.
    /// </summary>
    /// <param name="threadId">As the request's header carries it: a thread of our pid namespace; 0 = unknown.</param>
    public WatchedProcess? Watch(uint threadId)
    {
        if (threadId is 0 or > int.MaxValue || _disposed)
        {
            return null;
        }

        int thread = (int)threadId;

        // Threads and processes share one number space, so a living process of this number is the caller's.
        WatchedProcess? known = _table.FindLiving(thread);
        int processId = known is null ? GroupOf(thread) : thread;
        known ??= processId != thread && processId != 0 ? _table.FindLiving(processId) : null;
        if (known is not null)
        {
            _identities.LookAgain(known);
            return known;
        }

        return processId == 0 ? null : Begin(processId);
    }

    /// <summary>
    /// To be asked while a thread waits for the answer to a flush: its process, if the flush comes from its death rather than from
    /// close(2); null if it lives on or cannot be seen. Some 10 us and no allocation for one that lives.
    /// </summary>
    /// <param name="threadId">As for <see cref="Watch"/>.</param>
    public WatchedProcess? WatchIfExiting(uint threadId)
    {
        if (threadId is 0 or > int.MaxValue || _disposed || !ProcessStatus.IsTornDown((int)threadId))
        {
            return null;
        }

        // A single thread with files of its own may end alone: then its process still has memory.
        int thread = (int)threadId;
        int processId = GroupOf(thread);
        if (processId == 0 || (processId != thread && !ProcessStatus.IsTornDown(processId)))
        {
            return null;
        }

        WatchedProcess? process = _table.FindLiving(processId) ?? Begin(processId);
        if (process is null)
        {
            return null;
        }

        process.NoteFinalName(ProcessStatus.NameOf(processId));
        if (!_features.ExitInfo)
        {
            _exits.Capture(process, thread);
        }

        return process;
    }

    /// <summary>
    /// Returns when what had happened before the call is known: processes that had ended have their
    /// <see cref="WatchedProcess.Ending"/>, and searches for feeders that had begun are over. Milliseconds as a rule; at most
    /// 200 ms longer when an ended process's status is hidden until it is reaped, at most 2 s when a search does not end.
    /// </summary>
    public async ValueTask SettleAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Task searches = _feeders.SettleAsync();
        if (!searches.IsCompleted)
        {
            using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(searches, Task.Delay(_limits.SettleSearches, _time, limit.Token)).ConfigureAwait(false);
            await limit.CancelAsync().ConfigureAwait(false); // the timer, when the searches were quicker
            cancellationToken.ThrowIfCancellationRequested();
        }

        // After the searches: a feeder that they found may have ended.
        await _exits.SettleAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// The process of a thread, its parent, and so on up to the first process; empty when the thread is gone or hidden. Never
    /// waits for any of them.
    /// </summary>
    /// <param name="threadId">A thread id of this pid namespace.</param>
    public static IReadOnlyCollection<int> AncestorsOf(uint threadId)
    {
        // A bound only against a table that changes while it is read.
        const int Most = 256;
        var ancestors = new List<int>();
        for (int process = ProcessStatus.GroupOf((int)threadId); process > 0 && ancestors.Count < Most; process = ProcessStatus.ParentOf(process))
        {
            ancestors.Add(process);
        }

        return ancestors;
    }

    /// <summary>Stops watching. <see cref="WatchedProcess.Ended"/> of those that live stays incomplete.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _feeders.Dispose();
        _identities.Dispose();
        _exits.Dispose();
        foreach (WatchedProcess process in _table.Snapshot())
        {
            process.Descriptor.Dispose();
        }
    }

    private int GroupOf(int threadId)
    {
        int error = 0;
        int found = _features.ThreadDescriptors ? ProcessDescriptor.ResolveThread(threadId, out error) : 0;
        if (error is ProcessNative.Emfile or ProcessNative.Enfile)
        {
            LogOnce(threadId, error);
        }

        return found != 0 ? found : ProcessStatus.GroupOf(threadId);
    }

    private WatchedProcess? Begin(int processId)
    {
        ProcessDescriptor? descriptor = ProcessDescriptor.TryOpen(processId, out int error);
        if (descriptor is null)
        {
            LogOnce(processId, error);
            return null;
        }

        WatchedProcess? process = Add(processId, descriptor, ProcessStatus.ParentOf(processId), ProcessStatus.NameOf(processId));
        if (process is { LastLook: 0 })
        {
            if (process.InputPipe != 0)
            {
                _feeders.Begin(process);
            }

            // Short-lived programs are gone before a later look.
            _identities.Follow(process, _limits.FirstLook);
        }

        return process;
    }

    private WatchedProcess? Adopt(PipeHolder holder)
    {
        if (holder.Adopted is not null)
        {
            return holder.Adopted;
        }

        if (holder.TakeDescriptor() is not { } descriptor)
        {
            return null;
        }

        holder.Adopted = Add(holder.ProcessId, descriptor, holder.ParentId, holder.Name);
        if (holder.Adopted is { LastLook: 0 } fresh)
        {
            _identities.Follow(fresh, TimeSpan.Zero);
        }

        return holder.Adopted;
    }

    /// <summary>Puts a process under watch, or gives the object that is there for it already. Takes over the descriptor.</summary>
    private WatchedProcess? Add(int processId, ProcessDescriptor descriptor, int parent, string? name)
    {
        if (ProcessStatus.IsKernelThread(processId, parent))
        {
            descriptor.Dispose();
            return null;
        }

        WatchedProcess fresh = new(
            Interlocked.Increment(ref _lastNumber),
            processId,
            parent,
            descriptor,
            name is null ? ProcessIdentity.Unknown : new ProcessIdentity(name, name, null),
            PipeEnd.StandardInputOf(processId));
        WatchedProcess process = _table.AddOrGet(fresh);
        if (process != fresh)
        {
            descriptor.Dispose();
            return process;
        }

        int error = _exits.Register(fresh);
        if (error != 0)
        {
            LogOnce(processId, error);
            _table.Remove(fresh);
            descriptor.Dispose();
            return null;
        }

        return fresh;
    }

    private void LogOnce(int processId, int error)
    {
        if (error is not (ProcessNative.Esrch or ProcessNative.Enoent) && !_disposed && Interlocked.Exchange(ref _troubleLogged, 1) == 0)
        {
            ProcessWatcherLog.CannotWatch(_logger, processId, error);
        }
    }
}
