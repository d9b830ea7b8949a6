using BackupFs.Storage.File.Interop;

namespace BackupFs.Storage.File.Checksums;

/// <summary>
/// Runs <see cref="ChecksumJob"/>s on a few threads of its own with lowered priority, first come first served. Threads start when
/// there is work and end after a while without. Thread-safe.
/// </summary>
internal sealed class ChecksumEngine
{
    /// <summary>One block of the smallest size: whole blocks are summed at once.</summary>
    private const int BufferSize = FileChecksums.MinimumBlockSize;
    private const int Nice = 10;
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a thread that ran out of work looks away before it waits to be woken. Small files come in swarms, and to
    /// wake a thread for each would cost their writer more than the sum.
    /// </summary>
    private static readonly TimeSpan LingerTime = TimeSpan.FromMilliseconds(20);

    private readonly object _lock = new();
    private readonly Queue<ChecksumJob> _queue = new();
    private readonly int _maximumThreads;
    private int _threads;
    private int _waiting;
    private int _lingering;

    /// <summary>With at most <paramref name="threads"/> threads.</summary>
    public ChecksumEngine(int threads) => _maximumThreads = threads;

    /// <summary>Jobs waiting.</summary>
    public int Queued
    {
        get
        {
            lock (_lock)
            {
                return _queue.Count;
            }
        }
    }

    /// <summary>Makes <paramref name="job"/> run a step soon; a job at work runs again afterwards.</summary>
    public void Schedule(ChecksumJob job)
    {
        lock (_lock)
        {
            if (job.IsScheduled)
            {
                job.RunAgain = true;
                return;
            }

            job.IsScheduled = true;
            _queue.Enqueue(job);
            if (_lingering == 0)
            {
                CallHelp();
            }
        }
    }

    /// <summary>Has one more thread work, if there is one more. Under the lock.</summary>
    private void CallHelp()
    {
        if (_waiting > 0)
        {
            Monitor.Pulse(_lock);
        }
        else if (_threads < _maximumThreads)
        {
            _threads++;
            new Thread(Work) { IsBackground = true, Name = "backupfs checksums" }.Start();
        }
    }

    private void Work()
    {
        FileSystemCalls.LowerPriorityOfThisThread(Nice);
        var buffer = GC.AllocateUninitializedArray<byte>(BufferSize, pinned: true);
        while (Next() is { } job)
        {
            job.Run(buffer);
            lock (_lock)
            {
                job.IsScheduled = job.RunAgain;
                if (job.RunAgain)
                {
                    job.RunAgain = false;
                    _queue.Enqueue(job);
                }
            }
        }
    }

    private ChecksumJob? Next()
    {
        lock (_lock)
        {
            if (_queue.Count == 0)
            {
                _lingering++;
                Monitor.Wait(_lock, LingerTime);
                _lingering--;
            }

            ChecksumJob? job;
            while (!_queue.TryDequeue(out job))
            {
                _waiting++;
                var signalled = Monitor.Wait(_lock, IdleTime);
                _waiting--;
                if (!signalled && _queue.Count == 0)
                {
                    _threads--;
                    return null;
                }
            }

            // What came while this thread looked away may be work for two.
            if (_queue.Count > 0 && _lingering == 0)
            {
                CallHelp();
            }

            return job;
        }
    }
}
