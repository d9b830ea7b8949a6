namespace BackupFs.WinFsp.Serving;

/// <summary>Counts operations that are answered later. Thread-safe.</summary>
internal sealed class PendingAnswers
{
    private readonly object _lock = new();
    private int _count;

    internal int Count
    {
        get
        {
            lock (_lock)
            {
                return _count;
            }
        }
    }

    internal void Begin()
    {
        lock (_lock)
        {
            _count++;
        }
    }

    internal void End()
    {
        lock (_lock)
        {
            if (--_count == 0)
            {
                Monitor.PulseAll(_lock);
            }
        }
    }

    /// <summary>Blocks until there is none.</summary>
    internal void WaitForNone()
    {
        lock (_lock)
        {
            while (_count > 0)
            {
                Monitor.Wait(_lock);
            }
        }
    }
}
