using System.Buffers;

namespace BackupFs.Storage.Objects;

/// <summary>
/// Writes the journal of an open backup some time after something has changed, and at once when somebody wants to be sure.
/// Thread-safe.
/// </summary>
/// <param name="context">Store and clock.</param>
/// <param name="key">The journal's key.</param>
/// <param name="describe">What there is now.</param>
internal sealed class BackupJournal(TransferContext context, string key, Func<JournalDocument> describe) : IAsyncDisposable
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    /// <summary>Writing takes at most this part of the time: a journal of a million entries is not written every second.</summary>
    private const int RestFactor = 20;

    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly CancellationTokenSource _stopped = new();
    private long _changes;
    private long _written;
    private int _isScheduled;
    private TimeSpan _delay = Delay;

    /// <summary>Something has changed.</summary>
    internal void Changed()
    {
        Interlocked.Increment(ref _changes);
        if (!_stopped.IsCancellationRequested && Interlocked.Exchange(ref _isScheduled, 1) == 0)
        {
            _ = WriteLaterAsync();
        }
    }

    /// <summary>Returns when everything that has changed before is written.</summary>
    internal async ValueTask<StorageError?> WriteAsync(CancellationToken cancellationToken)
    {
        var wanted = Interlocked.Read(ref _changes);
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Interlocked.Read(ref _written) >= wanted)
            {
                return null;
            }

            var started = context.Time.GetTimestamp();
            var now = Interlocked.Read(ref _changes);
            var body = new ReadOnlySequence<byte>(describe().ToBytes());
            var put = await context.Store.PutAsync(key, body, PutCondition.None, cancellationToken).ConfigureAwait(false);
            _delay = TimeSpan.FromTicks(Math.Max(Delay.Ticks, context.Time.GetElapsedTime(started).Ticks * RestFactor));
            if (!put.IsOk)
            {
                return put.Error;
            }

            Interlocked.Exchange(ref _written, now);
            return null;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Nothing more is written; returns when nothing is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync().ConfigureAwait(false);
        await _writing.WaitAsync().ConfigureAwait(false);
        _writing.Release();
    }

    private async Task WriteLaterAsync()
    {
        try
        {
            await Task.Delay(_delay, context.Time, _stopped.Token).ConfigureAwait(false);
            Interlocked.Exchange(ref _isScheduled, 0);
            if (await WriteAsync(_stopped.Token).ConfigureAwait(false) is not null)
            {
                // It is only needed after a crash; whoever needs it now is told by WriteAsync.
                Changed();
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }
}
