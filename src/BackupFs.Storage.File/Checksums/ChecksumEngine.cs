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

    private readonly object _lock = new();
    private readonly Queue<ChecksumJob> _queue = new();
    private readonly int _maximumThreads;
    private int _threads;
    private int _waiting;

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

            return job;
        }
    }
}
