namespace BackupFs.FileSystem;

/// <summary>
/// Asks a slow storage once for what several callers want to know at the same time. Nothing is kept beyond the call: whoever comes
/// after the answer asks anew. Thread-safe.
/// </summary>
/// <typeparam name="T">The answer's type.</typeparam>
/// <param name="release">Frees an answer when the last caller has taken what it needs of it; null where nothing is to be freed.</param>
internal sealed class SharedCalls<T>(Action<T>? release = null)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Call> _calls = new(StringComparer.Ordinal);

    /// <summary>
    /// The answer for a key: of the call that is under way, or of one begun now. A caller that is cancelled stops waiting;
    /// the call itself is cancelled when nobody waits any more.
    /// </summary>
    /// <param name="key">What is asked for.</param>
    /// <param name="ask">Asks; runs outside of any lock.</param>
    /// <param name="take">Makes of the answer what the caller keeps: it may be freed afterwards.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>What was taken, and whether <see cref="Changed"/> was told of the key meanwhile: the answer may be from before.</returns>
    public async Task<(TTaken Value, bool IsOutdated)> AskAsync<TTaken>(
        string key, Func<CancellationToken, ValueTask<T>> ask, Func<T, TTaken> take, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Call? call;
        bool isNew;
        lock (_lock)
        {
            isNew = !_calls.TryGetValue(key, out call);
            if (isNew)
            {
                _calls.Add(key, call = new Call(key));
            }

            call!.Waiting++;
        }

        if (isNew)
        {
            _ = AnswerAsync(call, ask);
        }

        try
        {
            var answer = await call.Answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            return (take(answer), call.IsOutdated);
        }
        finally
        {
            Leave(call);
        }
    }

    /// <summary>What a key stands for has changed: answers to questions asked before are outdated, and nobody joins them.</summary>
    public void Changed(string key)
    {
        lock (_lock)
        {
            if (_calls.Remove(key, out var call))
            {
                call.IsOutdated = true;
            }
        }
    }

    private async Task AnswerAsync(Call call, Func<CancellationToken, ValueTask<T>> ask)
    {
        T answer;
        try
        {
            answer = await ask(call.Abandoned.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            lock (_lock)
            {
                call.IsOver = true;
                Remove(call);
            }

            // Perhaps nobody waits any more; then nobody looks at it either.
            call.Answer.TrySetException(error);
            _ = call.Answer.Task.Exception;
            return;
        }

        bool isWanted;
        lock (_lock)
        {
            (call.IsOver, call.HasValue, call.Value) = (true, true, answer);
            Remove(call);
            isWanted = call.Waiting > 0;
        }

        if (isWanted)
        {
            call.Answer.TrySetResult(answer);
        }
        else
        {
            release?.Invoke(answer);
        }
    }

    private void Leave(Call call)
    {
        bool isOver, hasValue;
        lock (_lock)
        {
            if (--call.Waiting > 0)
            {
                return;
            }

            // Nobody may join a call that is being given up.
            (isOver, hasValue) = (call.IsOver, call.HasValue);
            Remove(call);
        }

        if (hasValue)
        {
            release?.Invoke(call.Value!);
        }
        else if (!isOver)
        {
            _ = call.Abandoned.CancelAsync();
        }
    }

    private void Remove(Call call)
    {
        if (_calls.TryGetValue(call.Key, out var current) && current == call)
        {
            _calls.Remove(call.Key);
        }
    }

    private sealed class Call(string key)
    {
        public string Key { get; } = key;

        public TaskCompletionSource<T> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CancellationTokenSource Abandoned { get; } = new();

        public T? Value { get; set; }

        public bool HasValue { get; set; }

        public bool IsOver { get; set; }

        public int Waiting { get; set; }

        public volatile bool IsOutdated;
    }
}
