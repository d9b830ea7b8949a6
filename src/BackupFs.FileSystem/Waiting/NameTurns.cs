namespace BackupFs.FileSystem;

/// <summary>
/// One after the other for each name: whoever starts a backup waits until an earlier start of the same name, given up by its
/// caller, has been undone. Thread-safe; names that nobody is busy with cost nothing.
/// </summary>
internal sealed class NameTurns
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Task> _last = new(StringComparer.Ordinal);

    /// <summary>Waits for the turn; the result has to be disposed of once.</summary>
    public async ValueTask<Turn> TakeAsync(string name, CancellationToken cancellationToken)
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var turn = new Turn(this, name, mine);
        Task before;
        lock (_lock)
        {
            before = _last.GetValueOrDefault(name, Task.CompletedTask);
            _last[name] = mine.Task;
        }

        try
        {
            await before.WaitAsync(cancellationToken).ConfigureAwait(false);
            return turn;
        }
        catch (OperationCanceledException)
        {
            // Whoever is behind must not overtake whoever is before.
            _ = PassOnAsync(before, turn);
            throw;
        }
    }

    private static async Task PassOnAsync(Task before, Turn turn)
    {
        await before.ConfigureAwait(false);
        turn.Dispose();
    }

    /// <summary>The right to be busy with a name.</summary>
    internal sealed class Turn(NameTurns turns, string name, TaskCompletionSource over) : IDisposable
    {
        public void Dispose()
        {
            lock (turns._lock)
            {
                if (turns._last.GetValueOrDefault(name) == over.Task)
                {
                    turns._last.Remove(name);
                }
            }

            over.TrySetResult();
        }
    }
}
