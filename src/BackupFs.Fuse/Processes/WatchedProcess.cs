using BackupFs.Fuse.Interop;

namespace BackupFs.Fuse.Processes;

/// <summary>A process under watch; one object for one process, however often it is seen. Thread-safe.</summary>
public sealed class WatchedProcess
{
    private readonly TaskCompletionSource<ProcessEnding> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private volatile ProcessIdentity _identity;
    private readonly HashSet<WatchedProcess> _parentDecides = []; // the readers for which this is the child of another feeder
    private volatile WatchedProcess[] _feeders = [];
    private int _capturedStatus = -1;
    private long _lastLook;
    private long _inputPipe;

    internal WatchedProcess(
        ulong number, int processId, int parentProcessId, ProcessDescriptor descriptor, ProcessIdentity identity, long inputPipe)
    {
        Number = number;
        ProcessId = processId;
        ParentProcessId = parentProcessId;
        Descriptor = descriptor;
        _identity = identity;
        _inputPipe = inputPipe;
    }

    /// <summary>Its number (of the thread group); another process may have it once this one has ended.</summary>
    public int ProcessId { get; }

    /// <summary>The number of its parent when it was first watched; 0 if that is outside our pid namespace.</summary>
    public int ParentProcessId { get; }

    /// <summary>
    /// Its program's name, for messages; never its arguments. Changes when it runs another program (a shell forks, opens the
    /// file, then runs pg_dump), so ask late. `unknown` when it is hidden from us.
    /// </summary>
    public string Program => _identity.Program;

    /// <summary>
    /// Equal for processes with the same command line, working directory and executable: SHA-256, hexadecimal. Null if
    /// unknown. Changes as <see cref="Program"/> does.
    /// </summary>
    public string? CommandDigest => _identity.CommandDigest;

    /// <summary>How it ended; null while it lives, or while that is not known yet.</summary>
    public ProcessEnding? Ending => _ended.Task.IsCompleted ? _ended.Task.Result : null;

    /// <summary>
    /// Completes, never with an exception, when <see cref="Ending"/> is known; continuations run on the thread pool. Stays
    /// incomplete when the watcher is disposed of first.
    /// </summary>
    public Task<ProcessEnding> Ended => _ended.Task;

    /// <summary>
    /// The processes that write into the pipe that is this one's standard input, and theirs, up the pipeline, each once, this one
    /// never. A snapshot; complete after <see cref="ProcessWatcher.SettleAsync"/>. Two kinds are taken off again, before the
    /// <see cref="Ended"/> concerned completes, so ask late: a feeder that outlives its reader with the pipe still in hand
    /// (nothing that it does later can have changed what was read), and a feeder that is the child of another one of the
    /// same pipe and was not killed (its parent has its status and decides: a script's `grep -q`).
    /// </summary>
    public IReadOnlyList<WatchedProcess> Feeders
    {
        get
        {
            if (_feeders.Length == 0)
            {
                return [];
            }

            List<WatchedProcess> all = [.. _feeders];
            for (int index = 0; index < all.Count; index++)
            {
                foreach (WatchedProcess further in all[index]._feeders)
                {
                    if (further != this && !all.Contains(further))
                    {
                        all.Add(further);
                    }
                }
            }

            return all;
        }
    }

    internal ulong Number { get; }

    internal ProcessDescriptor Descriptor { get; }

    internal ProcessIdentity Identity
    {
        get => _identity;
        set => _identity = value;
    }

    /// <summary>The pipe that is its standard input, 0 = none.</summary>
    internal long InputPipe => Volatile.Read(ref _inputPipe);

    /// <summary>Those that write into <see cref="InputPipe"/> itself.</summary>
    internal ReadOnlySpan<WatchedProcess> DirectFeeders => _feeders;

    /// <summary>The wait status seen while it was torn down, for kernels that do not tell later; -1 = none.</summary>
    internal int CapturedStatus
    {
        get => Volatile.Read(ref _capturedStatus);
        set => Volatile.Write(ref _capturedStatus, value);
    }

    /// <summary>When <see cref="Identity"/> was last read, as a timestamp; 0 = not yet.</summary>
    internal long LastLook
    {
        get => Volatile.Read(ref _lastLook);
        set => Volatile.Write(ref _lastLook, value);
    }

    /// <summary>It was given another standard input by itself, before it ran its program: who fed the one before feeds it no more.</summary>
    internal void TakeInput(long pipe)
    {
        lock (_gate)
        {
            _feeders = [];
            Volatile.Write(ref _inputPipe, pipe);
        }
    }

    internal void AddFeeder(WatchedProcess feeder)
    {
        lock (_gate)
        {
            if (feeder != this && !_feeders.Contains(feeder))
            {
                _feeders = [.. _feeders, feeder];
            }
        }
    }

    /// <summary>Of a feeder whose parent is another one, and so tells of its end, unless a signal is that end.</summary>
    internal void LetParentDecide(WatchedProcess feeder)
    {
        lock (feeder._gate)
        {
            _ = feeder._parentDecides.Add(this);
        }

        if (feeder.Ending is { Signal: 0 })
        {
            feeder.LeaveToParent();
        }
    }

    internal void RemoveFeeder(WatchedProcess feeder)
    {
        lock (_gate)
        {
            _feeders = [.. _feeders.Where(other => other != feeder)];
        }
    }

    /// <summary>Keeps its name as the kernel has it at the end, when nothing else can be read any more.</summary>
    internal void NoteFinalName(string? comm)
    {
        if (comm is not null && comm != _identity.Comm)
        {
            // It ran another program since the last look: the digest is of the one before.
            _identity = new ProcessIdentity(comm, comm, null);
        }
    }

    internal void End(ProcessEnding ending)
    {
        if (ending.Signal == 0)
        {
            LeaveToParent();
        }

        _ = _ended.TrySetResult(ending);
        if (ending.Signal == 0)
        {
            LeaveToParent(); // to those that came in between and still saw it without an ending
        }
    }

    private void LeaveToParent()
    {
        WatchedProcess[] readers;
        lock (_gate)
        {
            readers = [.. _parentDecides];
            _parentDecides.Clear();
        }

        foreach (WatchedProcess reader in readers)
        {
            // What fed it inside its parent's pipeline still counts.
            reader.RemoveFeeder(this);
            foreach (WatchedProcess further in _feeders)
            {
                reader.AddFeeder(further);
            }
        }
    }
}
