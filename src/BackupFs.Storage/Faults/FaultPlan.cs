namespace BackupFs.Storage;

/// <summary>
/// Decides which calls through a <see cref="FaultyStorage"/> fail: by operation, path and count, never by chance. Thread-safe.
/// </summary>
public sealed class FaultPlan
{
    private readonly Lock _lock = new();
    private readonly List<Rule> _rules = [];
    private readonly Dictionary<string, int> _calls = new(StringComparer.Ordinal);

    /// <summary>Adds a rule. Of several that match, the one added first and not used up applies; all count the call.</summary>
    /// <exception cref="ArgumentException">There is no such operation.</exception>
    public void Add(Fault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        if (!IsOperation(fault.Operation))
        {
            throw new ArgumentException($"'{fault.Operation}' is no operation: write, for example, Tree.Rename", nameof(fault));
        }

        lock (_lock)
        {
            _rules.Add(new Rule(fault));
        }
    }

    /// <summary>Makes an operation fail.</summary>
    /// <param name="operation">As <see cref="Fault.Operation"/>.</param>
    /// <param name="kind">How.</param>
    /// <param name="path">The only path meant; null for all.</param>
    /// <param name="skip">How many calls are left alone first.</param>
    /// <param name="times">How many calls then fail.</param>
    public void Fail(string operation, StorageErrorKind kind, string? path = null, int skip = 0, int times = int.MaxValue) => Add(new Fault
    {
        Operation = operation,
        Path = path is null ? null : candidate => candidate == path,
        Error = new StorageError(kind, $"injected into {operation}"),
        Skip = skip,
        Times = times,
    });

    /// <summary>Removes all rules: from now on every call succeeds.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _rules.Clear();
        }
    }

    /// <summary>How often an operation was called, whether it failed or not.</summary>
    public int CallsOf(string operation)
    {
        lock (_lock)
        {
            return _calls.GetValueOrDefault(operation);
        }
    }

    internal async ValueTask<StorageResult<T>> RunAsync<T>(
        string operation, string path, Func<ValueTask<StorageResult<T>>> call, CancellationToken cancellationToken)
    {
        var fault = await MeetAsync(operation, path, cancellationToken).ConfigureAwait(false);
        if (fault?.Error is not { } error)
        {
            var answer = await call().ConfigureAwait(false);
            await AnswerAsync(fault, cancellationToken).ConfigureAwait(false);
            return answer;
        }

        if (fault.Timing == FaultTiming.After && await call().ConfigureAwait(false) is { IsOk: true } lost)
        {
            await DisposeAsync(lost.Value).ConfigureAwait(false);
        }

        return error;
    }

    internal async ValueTask<T> ThrowAsync<T>(string operation, string path, Func<ValueTask<T>> call, CancellationToken cancellationToken)
    {
        var fault = await MeetAsync(operation, path, cancellationToken).ConfigureAwait(false);
        if (fault?.Error is not { } error)
        {
            var answer = await call().ConfigureAwait(false);
            await AnswerAsync(fault, cancellationToken).ConfigureAwait(false);
            return answer;
        }

        if (fault.Timing == FaultTiming.After)
        {
            await DisposeAsync(await call().ConfigureAwait(false)).ConfigureAwait(false);
        }

        throw error.ToException();
    }

    internal async ValueTask ThrowAsync(string operation, string path, Func<ValueTask> call, CancellationToken cancellationToken) =>
        await ThrowAsync(
            operation,
            path,
            async () =>
            {
                await call().ConfigureAwait(false);
                return default(Done);
            },
            cancellationToken).ConfigureAwait(false);

    private async ValueTask<Fault?> MeetAsync(string operation, string path, CancellationToken cancellationToken)
    {
        var fault = Take(operation, path);
        if (fault?.Until is { } until && !IsLateAnswer(fault))
        {
            await until.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return fault;
    }

    private static Task AnswerAsync(Fault? fault, CancellationToken cancellationToken) =>
        fault?.Until is { } until && IsLateAnswer(fault) ? until.WaitAsync(cancellationToken) : Task.CompletedTask;

    private static bool IsLateAnswer(Fault fault) => fault is { Error: null, Timing: FaultTiming.After };

    private Fault? Take(string operation, string path)
    {
        lock (_lock)
        {
            _calls[operation] = _calls.GetValueOrDefault(operation) + 1;
            Fault? first = null;
            foreach (var rule in _rules.Where(rule => rule.Fault.Operation == operation && rule.Fault.Path?.Invoke(path) != false))
            {
                var applies = rule.Seen >= rule.Fault.Skip && rule.Seen - rule.Fault.Skip < rule.Fault.Times;
                rule.Seen++;
                first ??= applies ? rule.Fault : null;
            }

            return first;
        }
    }

    private static async ValueTask DisposeAsync<T>(T lost)
    {
        switch (lost)
        {
            case IAsyncDisposable disposable:
                await disposable.DisposeAsync().ConfigureAwait(false);
                break;
            case IDisposable disposable:
                disposable.Dispose();
                break;
            default:
                break;
        }
    }

    private static bool IsOperation(string operation)
    {
        var point = operation.IndexOf('.', StringComparison.Ordinal);
        var member = operation[(point + 1)..];
        var type = (point < 0 ? "" : operation[..point]) switch
        {
            "Storage" => typeof(IBackupStorage),
            "Handle" => typeof(IBackupHandle),
            "Tree" => typeof(IBackupTree),
            "File" => typeof(IBackupFile),
            _ => null,
        };
        return type?.GetMethod(member + "Async") is not null
            || operation is "Stream.Write" or "Stream.Read" or "Stream.Dispose";
    }

    private sealed class Rule(Fault fault)
    {
        internal Fault Fault { get; } = fault;

        internal int Seen { get; set; }
    }
}
