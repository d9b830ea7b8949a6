namespace BackupFs.Storage.Objects;

/// <summary>
/// Ends a request whose server stalls: its token is cancelled when the caller's is, or when nothing has moved for the limit.
/// A long transfer that moves is never cut off. Thread-safe; dispose it when the request is over.
/// </summary>
public sealed class TransferDeadline : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly CancellationTokenRegistration _registration;
    private readonly CancellationToken _caller;
    private readonly TimeSpan _limit;

    /// <param name="limit">How long nothing may move; positive.</param>
    /// <param name="time">The clock.</param>
    /// <param name="caller">The caller's token.</param>
    public TransferDeadline(TimeSpan limit, TimeProvider time, CancellationToken caller)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, TimeSpan.Zero);
        _limit = limit;
        _caller = caller;
        _source = new CancellationTokenSource(limit, time);
        _registration = caller.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
    }

    /// <summary>For everything that the request waits for.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Whether it was the stall that cancelled, and not the caller.</summary>
    public bool IsExpired => _source.IsCancellationRequested && !_caller.IsCancellationRequested;

    /// <summary>Something moved: the limit counts from now on. Harmless after the end, which HTTP clients may outlive for a moment.</summary>
    public void Extend()
    {
        try
        {
            _source.CancelAfter(_limit);
        }
        catch (ObjectDisposedException)
        {
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _registration.Dispose();
        _source.Dispose();
    }
}
