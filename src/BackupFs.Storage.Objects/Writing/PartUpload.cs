namespace BackupFs.Storage.Objects;

/// <summary>One upload in parts of a <see cref="FileContent"/>; guarded by its lock, but for <see cref="StartAsync"/> and <see cref="Cancel"/>.</summary>
internal sealed class PartUpload
{
    private readonly CancellationTokenSource _cancellation;
    private readonly Lazy<Task<StorageResult<IObjectUpload>>> _start;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _hasEnded;

    /// <param name="start">Starts it at the store.</param>
    /// <param name="lifetime">Of the content.</param>
    internal PartUpload(Func<CancellationToken, Task<StorageResult<IObjectUpload>>> start, CancellationToken lifetime)
    {
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(lifetime);
        Token = _cancellation.Token;
        _start = new(() => start(Token));
    }

    /// <summary>Cancelled when the upload is given up.</summary>
    internal CancellationToken Token { get; }

    /// <summary>Bytes of the file that were given to parts.</summary>
    internal long SentEnd { get; set; }

    /// <summary>The number of the last part; 0 before the first.</summary>
    internal int Parts { get; set; }

    /// <summary>Parts not confirmed yet.</summary>
    internal int InFlight { get; set; }

    /// <summary>The first error of a part.</summary>
    internal StorageError? Error { get; set; }

    /// <summary>Whether bytes that are nowhere else were freed.</summary>
    internal bool HasFreed { get; set; }

    /// <summary>Whether there is no further part: the store allows no more.</summary>
    internal bool IsFull { get; set; }

    /// <summary>Whether somebody was told to complete it because it is full.</summary>
    internal bool IsContinuing { get; set; }

    /// <summary>The parts given to it, ascending; only kept with a spool.</summary>
    internal List<SentPart> Sent { get; } = [];

    /// <summary>Whether it has to be done once more from the start: something changed that cannot be sent again by itself.</summary>
    internal bool MustRestart { get; set; }

    /// <summary>The part that holds an offset before <see cref="SentEnd"/>; null if that is not kept.</summary>
    internal SentPart? Find(long offset)
    {
        var (low, high) = (0, Sent.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var part = Sent[middle];
            if (offset < part.Offset)
            {
                high = middle - 1;
            }
            else if (offset >= part.Offset + part.Length)
            {
                low = middle + 1;
            }
            else
            {
                return part;
            }
        }

        return null;
    }

    /// <summary>Completes at the next change of <see cref="InFlight"/> or <see cref="Error"/>.</summary>
    internal Task Changed => _changed.Task;

    /// <summary>Something changed.</summary>
    internal void Signal()
    {
        var changed = _changed;
        _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }

    /// <summary>Starts it at the store if it is not yet. May throw when cancelled.</summary>
    internal Task<StorageResult<IObjectUpload>> StartAsync() => _start.Value;

    /// <summary>The upload at the store; null if it was not started or could not be.</summary>
    internal async Task<IObjectUpload?> GetStartedAsync()
    {
        if (!_start.IsValueCreated)
        {
            return null;
        }

        try
        {
            return await _start.Value.ConfigureAwait(false) is { IsOk: true } started ? started.Value : null;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Cancels what is under way. Not under the content's lock: the store's continuations may run.</summary>
    internal void Cancel()
    {
        lock (_cancellation)
        {
            if (!_hasEnded)
            {
                _cancellation.Cancel();
            }
        }
    }

    /// <summary>Nothing of it is under way any more.</summary>
    internal void End()
    {
        lock (_cancellation)
        {
            _hasEnded = true;
            _cancellation.Dispose();
        }
    }
}

/// <summary>A part that was given to an upload.</summary>
internal sealed class SentPart(ContentPart part)
{
    /// <summary>As in <see cref="ContentPart"/>.</summary>
    internal int Number => part.Number;

    /// <summary>As in <see cref="ContentPart"/>.</summary>
    internal long Offset => part.Offset;

    /// <summary>As in <see cref="ContentPart"/>.</summary>
    internal long Length => part.Length;

    /// <summary>As in <see cref="ContentPart"/>.</summary>
    internal bool IsLast => part.IsLast;

    /// <summary>As in <see cref="ContentPart"/>.</summary>
    internal bool IsCopy => part.IsCopy;

    /// <summary>Whether it is under way.</summary>
    internal bool IsInFlight { get; set; } = true;

    /// <summary>Whether it was changed since, and has to be sent again.</summary>
    internal bool IsStale { get; set; }
}
