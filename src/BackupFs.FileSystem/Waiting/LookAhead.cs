using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>
/// Looks backups up before they are asked for. Whoever lists a directory and then looks at each name in turn (<c>ls -l</c>) would
/// otherwise wait for the storage once for each. Thread-safe.
/// </summary>
/// <remarks>
/// An answer is given to one lookup, if it was asked for no longer than <see cref="Lifetime"/> ago and the name did not change
/// here meanwhile. Lookups in no order cost nothing: only steps from a name to the next one of a listing begin it.
/// </remarks>
internal sealed class LookAhead : IDisposable
{
    /// <summary>Answers that are under way or wait to be used, at most.</summary>
    public const int MostAnswers = 16;

    /// <summary>Listings that are kept to know what follows on a name.</summary>
    private const int MostListings = 4;

    /// <summary>From asking to using, at most: the kernel may keep what it is told as long again.</summary>
    public static readonly TimeSpan Lifetime = Lifetimes.Shared;

    private readonly Lock _lock = new();
    private readonly LinkedList<ListingRun> _runs = [];
    private readonly Dictionary<string, Answer> _answers = new(StringComparer.Ordinal);
    private readonly Func<string, string, CancellationToken, ValueTask<FsResult<Backup>>> _find;
    private readonly Func<string, string, bool> _isKnown;
    private readonly BackgroundWork _background;
    private readonly TimeProvider _time;
    private readonly ITimer _expiry;
    private bool _isDisposed;

    /// <param name="find">Asks for the backup that is shown in a directory under a name; what it returns has a reference.</param>
    /// <param name="isKnown">Whether no request is needed to know that.</param>
    /// <param name="background">Where what is given up ends.</param>
    /// <param name="time">The clock.</param>
    public LookAhead(
        Func<string, string, CancellationToken, ValueTask<FsResult<Backup>>> find,
        Func<string, string, bool> isKnown,
        BackgroundWork background,
        TimeProvider time)
    {
        (_find, _isKnown, _background, _time) = (find, isKnown, background, time);
        _expiry = time.CreateTimer(_ => GiveUpOld(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A directory was listed: its backups may be looked up next, in this order.</summary>
    public void Listed(string directory, IReadOnlyList<ListedName> names)
    {
        lock (_lock)
        {
            _runs.AddFirst(new ListingRun(directory, names));
            if (_runs.Count > MostListings)
            {
                _runs.RemoveLast();
            }
        }
    }

    /// <summary>
    /// A name is looked up: what was found for it ahead, with a reference that the caller has to release; null if the storage has
    /// to be asked. Those that probably come next are asked for.
    /// </summary>
    public async ValueTask<FsResult<Backup>?> TakeAsync(string directory, string name, CancellationToken cancellationToken)
    {
        if (Take(directory, name) is not { } answer)
        {
            return null;
        }

        try
        {
            var found = await answer.Found.Task.WaitAsync(cancellationToken).ConfigureAwait(false);

            // An error may have been met long before anybody asked.
            return found.IsOk || found.Error == FsError.NotFound ? found : default(FsResult<Backup>?);
        }
        catch (OperationCanceledException)
        {
            GiveUp(answer);
            throw;
        }
    }

    /// <summary>What a name stands for has changed here: what was found before is of no use.</summary>
    public void Changed(string path)
    {
        Answer? outdated;
        lock (_lock)
        {
            _answers.Remove(path, out outdated);
        }

        GiveUp(outdated);
    }

    /// <summary>Gives everything up; the background work has the rest.</summary>
    public void Dispose()
    {
        Answer[] left;
        lock (_lock)
        {
            _isDisposed = true;
            left = [.. _answers.Values];
            _answers.Clear();
            _runs.Clear();
        }

        _expiry.Dispose();
        Array.ForEach(left, GiveUp);
    }

    private Answer? Take(string directory, string name)
    {
        var begun = new List<Answer>();
        Answer? taken, old = null;
        lock (_lock)
        {
            if (_runs.Count == 0 || _isDisposed)
            {
                return null;
            }

            var now = _time.GetTimestamp();
            if (_answers.Remove(BackupPath.Join(directory, name), out taken) && IsOld(taken, now))
            {
                (old, taken) = (taken, null);
            }

            foreach (var next in RunOf(directory, name, now)?.Ahead() ?? [])
            {
                var path = BackupPath.Join(directory, next);
                if (_answers.Count < MostAnswers && !_answers.ContainsKey(path) && !_isKnown(directory, next))
                {
                    begun.Add(_answers[path] = new Answer(directory, next, now));
                }
            }

            if (begun.Count > 0)
            {
                _expiry.Change(Lifetime, Timeout.InfiniteTimeSpan);
            }
        }

        GiveUp(old);
        begun.ForEach(answer => _background.Add(FindAsync(answer)));
        return taken;
    }

    /// <summary>The listing that somebody goes through with this name; null if it follows on nothing.</summary>
    private ListingRun? RunOf(string directory, string name, long now)
    {
        foreach (var run in _runs)
        {
            if (run.Directory == directory && run.TryGoOn(name, _isKnown, now, _time))
            {
                return run;
            }
        }

        // Perhaps the first of several. Who goes through a listing at the moment is not disturbed.
        return _runs.FirstOrDefault(run =>
            run.Directory == directory && (!run.IsGoing || _time.GetElapsedTime(run.At, now) > Lifetime) && run.TryBegin(name, now));
    }

    private async Task FindAsync(Answer answer)
    {
        try
        {
            answer.Found.SetResult(await _find(answer.Directory, answer.Name, answer.Abandoned.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            answer.Found.SetResult(FsError.Interrupted);
        }
        catch (Exception error)
        {
            answer.Found.SetException(error);
        }
    }

    private void GiveUpOld()
    {
        Answer[] old;
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            var now = _time.GetTimestamp();
            old = [.. _answers.Values.Where(answer => IsOld(answer, now))];
            foreach (var answer in old)
            {
                _answers.Remove(BackupPath.Join(answer.Directory, answer.Name));
            }

            if (_answers.Count > 0)
            {
                _expiry.Change(Lifetime, Timeout.InfiniteTimeSpan);
            }
        }

        Array.ForEach(old, GiveUp);
    }

    /// <summary>Nobody uses an answer any more, which is in no table: what it holds is freed, when it has come.</summary>
    private void GiveUp(Answer? answer)
    {
        if (answer is not null)
        {
            _background.Add(GiveUpAsync(answer));
        }

        static async Task GiveUpAsync(Answer answer)
        {
            await answer.Abandoned.CancelAsync().ConfigureAwait(false);
            var found = await answer.Found.Task.ConfigureAwait(false);
            if (found.IsOk)
            {
                found.Value.Release();
            }
        }
    }

    // At its end an answer is old: that is when the timer comes.
    private bool IsOld(Answer answer, long now) => _time.GetElapsedTime(answer.Asked, now) >= Lifetime;

    private sealed class Answer(string directory, string name, long asked)
    {
        public string Directory { get; } = directory;

        public string Name { get; } = name;

        public long Asked { get; } = asked;

        public CancellationTokenSource Abandoned { get; } = new();

        public TaskCompletionSource<FsResult<Backup>> Found { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
