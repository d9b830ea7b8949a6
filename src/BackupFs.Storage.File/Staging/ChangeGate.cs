namespace BackupFs.Storage.File.Staging;

/// <summary>
/// Lets changes of a backup in, many at a time, until it is sealed; then none. Entering costs two interlocked operations.
/// </summary>
internal sealed class ChangeGate
{
    private volatile StorageError? _reason;
    private volatile TaskCompletionSource? _drained;
    private int _inside;

    /// <summary>Why no change is let in, or null.</summary>
    public StorageError? Reason => _reason;

    /// <summary>Null and a pass to dispose, or why there is none.</summary>
    public StorageError? TryEnter(out Pass pass)
    {
        Interlocked.Increment(ref _inside);
        if (_reason is { } reason)
        {
            Leave();
            pass = default;
            return reason;
        }

        pass = new Pass(this);
        return null;
    }

    /// <summary>Lets nobody in from now on, and returns when everybody has left. Not for two callers at once.</summary>
    public Task SealAsync(StorageError reason)
    {
        var drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _drained = drained;
        _reason = reason;
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _inside) == 0)
        {
            drained.TrySetResult();
        }

        return drained.Task;
    }

    /// <summary>Changes the reason of a sealed gate.</summary>
    public void Reseal(StorageError reason) => _reason = reason;

    /// <summary>Lets changes in again.</summary>
    public void Unseal()
    {
        _reason = null;
        _drained = null;
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _inside) == 0)
        {
            _drained?.TrySetResult();
        }
    }

    /// <summary>The right to change something, until disposed.</summary>
    public readonly struct Pass(ChangeGate gate) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose() => gate?.Leave();
    }
}
