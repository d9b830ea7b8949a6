namespace BackupFs.FileSystem;

/// <summary>
/// What goes on although its caller has stopped waiting: nothing of it may be left when the file system is disposed of.
/// Thread-safe.
/// </summary>
internal sealed class BackgroundWork
{
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _tasks = [];

    /// <summary>Whether all of it is over at this moment.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_lock)
            {
                return _tasks.Count == 0;
            }
        }
    }

    /// <summary>Keeps a task until it is over; it handles its errors by itself.</summary>
    public void Add(Task task)
    {
        lock (_lock)
        {
            _tasks.Add(task);
        }

        _ = RemoveAsync(task);
    }

    /// <summary>Returns when all of it is over. Never fails.</summary>
    public async Task DoneAsync()
    {
        while (true)
        {
            Task[] tasks;
            lock (_lock)
            {
                tasks = [.. _tasks];
            }

            if (tasks.Length == 0)
            {
                return;
            }

            foreach (var task in tasks)
            {
                await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                Forget(task);
            }
        }
    }

    private async Task RemoveAsync(Task task)
    {
        await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Forget(task);
    }

    private void Forget(Task task)
    {
        lock (_lock)
        {
            _tasks.Remove(task);
        }
    }
}
