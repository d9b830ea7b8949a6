namespace BackupFs.FileSystem;

/// <summary>
/// Orders the operations on the tree of an open backup where the storage may take its time: operations by path run side by
/// side, renames and removals alone. What the names lock is for a storage that answers at once, this is across waits.
/// Whoever has to wait gives the thread away. Thread-safe; first come, first served.
/// </summary>
internal sealed class TreeGate
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _waiting = [];
    private int _inside;
    private bool _isAlone;

    /// <summary>Enters; the result has to be disposed of exactly once. Completes synchronously when nobody is in the way.</summary>
    /// <param name="alone">Whether nobody else may be inside at the same time.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public ValueTask<Pass> EnterAsync(bool alone, CancellationToken cancellationToken)
    {
        LinkedListNode<Waiter> waiter;
        lock (_lock)
        {
            if (_waiting.Count == 0 && IsFreeFor(alone))
            {
                Admit(alone);
                return new(new Pass(this));
            }

            waiter = _waiting.AddLast(new Waiter(alone));
        }

        return WaitAsync(waiter, cancellationToken);
    }

    private async ValueTask<Pass> WaitAsync(LinkedListNode<Waiter> waiter, CancellationToken cancellationToken)
    {
        try
        {
            await waiter.Value.Admitted.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            return new Pass(this);
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                if (waiter.List is not null)
                {
                    // Those behind may have waited only for this one.
                    _waiting.Remove(waiter);
                    AdmitWaiting();
                    throw;
                }
            }

            // Admitted at the same moment.
            Leave();
            throw;
        }
    }

    private bool IsFreeFor(bool alone) => alone ? _inside == 0 : !_isAlone;

    private void Admit(bool alone)
    {
        _inside++;
        _isAlone = alone;
    }

    private void AdmitWaiting()
    {
        while (_waiting.First is { } next && IsFreeFor(next.Value.Alone))
        {
            _waiting.RemoveFirst();
            Admit(next.Value.Alone);
            next.Value.Admitted.SetResult();
        }
    }

    private void Leave()
    {
        lock (_lock)
        {
            _inside--;
            _isAlone = false;
            AdmitWaiting();
        }
    }

    /// <summary>The right to be inside; the default one is of a backup that has no gate.</summary>
    internal readonly struct Pass(TreeGate? gate) : IDisposable
    {
        public void Dispose() => gate?.Leave();
    }

    private sealed class Waiter(bool alone)
    {
        public bool Alone { get; } = alone;

        public TaskCompletionSource Admitted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
