using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>How an open backup comes to an end.</summary>
internal sealed partial class OpenBackup
{
    /// <summary>How long an explicit end waits for feeders of writers that have ended.</summary>
    private static readonly TimeSpan FeederPatience = TimeSpan.FromMilliseconds(250);

    /// <summary>How long it waits for a file that no descriptor of has been closed yet.</summary>
    private static readonly TimeSpan OpenFilePatience = TimeSpan.FromMilliseconds(250);

    private readonly List<string> _accepted = [];
    private TaskCompletionSource? _allReleased;
    private Task<FsError>? _ending;

    /// <summary>
    /// Ends the backup, or says why not; concurrent calls share one end. On refusal and on failure it is open again.
    /// The caller makes the end visible in the tree when this returned None.
    /// </summary>
    public Task<FsError> EndAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (Phase == BackupPhase.Open)
            {
                Phase = BackupPhase.Ending;
                _ending = Task.Run(EndOnceAsync, CancellationToken.None);
            }

            return _ending is null || Phase is BackupPhase.Aborted or BackupPhase.Suspended
                ? Task.FromResult(FsError.Stale)
                : _ending.WaitAsync(cancellationToken);
        }
    }

    /// <summary>
    /// Whether it may end by itself now: at least one file, nothing open, torn, failed or doubtful, every writer ended
    /// well, and nothing happened for <paramref name="quiet"/>.
    /// </summary>
    public bool MayEndByItself(TimeSpan quiet, TimeSpan quietWithLiveWriters)
    {
        lock (_lock)
        {
            var idle = _time.GetElapsedTime(_lastActivity);
            return Phase == BackupPhase.Open
                && _hasFiles
                && idle >= quiet
                && _changesInFlight == 0
                && _notes.Count == 0
                && !HasDefects
                && !_files.Values.Any(file => file.Writers.Count > 0 || file.Pending > 0 && idle < quietWithLiveWriters)
                && (_writers.Count == 0 || idle >= quietWithLiveWriters);
        }
    }

    /// <summary>Everything that stands against an end, for messages; empty when nothing does.</summary>
    public IReadOnlyList<EndRefusal> Refusals()
    {
        lock (_lock)
        {
            var refusals = new List<EndRefusal>();
            foreach (var recorded in _handle.Errors.Errors)
            {
                refusals.Add(new EndRefusal(recorded.File is null
                    ? recorded.Error.ToString()
                    : $"{BackupPath.Printable(recorded.File)}: {recorded.Error}"));
            }

            foreach (var file in _files.Values)
            {
                if (file.Torn is { } reason)
                {
                    refusals.Add(new EndRefusal($"{BackupPath.Printable(file.Path)} is torn: {reason}"));
                }
            }

            refusals.AddRange(_doubtfulPaths.Order(StringComparer.Ordinal).Select(path =>
                new EndRefusal($"{BackupPath.Printable(path)} is torn: it was being written when the mount died")));
            refusals.AddRange(_marks.Select(mark => new EndRefusal($"writer killed: {mark.Reason}")));
            refusals.AddRange(_files.Values.SelectMany(file => file.Writers).Select(file => new EndRefusal(
                $"{BackupPath.Printable(file.Condition!.Path)} is still open for writing"
                + (file.Opener is { } opener ? $" by {Describe(opener)}" : ""),
                IsOpenFile: true)));
            return refusals;
        }
    }

    /// <summary>Waits, bounded, until no file is open for writing: after an unmount releases may still be on their way.</summary>
    public async Task QuietAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        Task released;
        lock (_lock)
        {
            if (patience == TimeSpan.Zero || !_files.Values.Any(file => file.Writers.Count > 0))
            {
                return;
            }

            _allReleased = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            released = _allReleased.Task;
        }

        using var timeout = new CancellationTokenSource(patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await released.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever is still open is said in the report.
        }
    }

    /// <summary>Why it does not end by itself although nothing forbids an explicit end; null if it may.</summary>
    public string? ReasonAgainstAutomaticEnd()
    {
        lock (_lock)
        {
            return !_hasFiles ? "it has no file yet"
                : _notes.Count > 0 ? $"{_notes[0].Note.Program} (process {_notes[0].Note.ProcessId}) ended with {_notes[0].Note.Ending}"
                : _writers.Count > 0 ? $"{Describe(_writers.Values.First().Process)}, which wrote into it, is still running"
                : null;
        }
    }

    /// <summary>Accepts what is torn: one file, or with path <c>""</c> everything. Errors of the storage cannot be accepted.</summary>
    public void Accept(string path)
    {
        lock (_lock)
        {
            foreach (var file in _files.Values.Where(file => file.Torn is not null && (path.Length == 0 || file.Path == path)).ToArray())
            {
                _accepted.Add($"{file.Path}: {file.Torn}");
                file.Torn = null;
                ForgetIfClean(file);
                _ = RememberUnfinishedAsync(file.Path, unfinished: false);
            }

            foreach (var doubtful in _doubtfulPaths.Where(doubtful => path.Length == 0 || doubtful == path).ToArray())
            {
                _accepted.Add($"{doubtful}: it was being written when the mount died");
                _doubtfulPaths.Remove(doubtful);
                _ = RememberUnfinishedAsync(doubtful, unfinished: false);
            }

            if (path.Length == 0)
            {
                _accepted.AddRange(_marks.Select(mark => mark.Reason));
                _accepted.AddRange(_notes.Select(note => $"{note.Note.Program} (process {note.Note.ProcessId}): {note.Note.Ending}"));
                if (_marks.Count > 0)
                {
                    _ = RememberUnfinishedAsync("", unfinished: false);
                }

                _marks.Clear();
                _notes.Clear();
            }
        }

        FileSystemLog.Accepted(_log, ShownPath, path.Length == 0 ? "the whole backup" : BackupPath.Printable(path));
    }

    /// <summary>Removes it. Whoever holds files of it open keeps them until they are closed.</summary>
    public async Task<FsError> AbortAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (Phase != BackupPhase.Open)
            {
                return Phase == BackupPhase.Ending ? FsError.Busy : FsError.Stale;
            }

            Phase = BackupPhase.Aborted;
        }

        try
        {
            await _handle.AbortBackupAsync(cancellationToken).ConfigureAwait(false);
            FileSystemLog.Aborted(_log, ShownPath);
            return FsError.None;
        }
        catch (StorageException error)
        {
            SetPhase(BackupPhase.Open);
            FileSystemLog.OperationFailed(_log, ShownPath, "abort", error.Error);
            return FsErrors.From(error.Error);
        }
    }

    /// <summary>Leaves it for a later resume.</summary>
    public async Task SuspendAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (Phase != BackupPhase.Open)
            {
                return;
            }

            Phase = BackupPhase.Suspended;
        }

        await _handle.SuspendAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Learns everything that had happened to the writers before the call.</summary>
    public async Task SettleWritersAsync()
    {
        if (_observer is null)
        {
            return;
        }

        await _observer.SettleAsync(CancellationToken.None).ConfigureAwait(false);
        Task[] feeders;
        lock (_lock)
        {
            feeders = [.. _writers.Values
                .Where(record => record.Process.Ending is not null && record.HasUnjudgedFeeders)
                .SelectMany(record => record.Process.Feeders)
                .Select(feeder => feeder.Ended)];
        }

        if (feeders.Length > 0)
        {
            using var patience = new CancellationTokenSource(FeederPatience, _time);
            try
            {
                await Task.WhenAll(feeders).WaitAsync(patience.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // It lives on: then it did not fail before the end.
            }
        }

        lock (_lock)
        {
            JudgeAll();
        }
    }

    private async Task<FsError> EndOnceAsync()
    {
        try
        {
            await ChangesDoneAsync().ConfigureAwait(false);
            await AllReleasedAsync().ConfigureAwait(false);
            await SettleWritersAsync().ConfigureAwait(false);
            var refusals = Refusals();
            if (refusals.Count > 0)
            {
                foreach (var refusal in refusals)
                {
                    FileSystemLog.EndRefused(_log, ShownPath, refusal.Reason);
                }

                SetPhase(BackupPhase.Open);
                return refusals.All(refusal => refusal.IsOpenFile) ? FsError.Busy : FsError.Io;
            }

            BackupNotes notes;
            lock (_lock)
            {
                notes = new BackupNotes([.. _notes.Select(note => note.Note)], [.. _accepted]);
            }

            await _handle.EndBackupAsync(notes, CancellationToken.None).ConfigureAwait(false);
            SetPhase(BackupPhase.Complete);
            foreach (var note in notes.Writers)
            {
                FileSystemLog.CompletedWithNote(_log, ShownPath, note.Program, note.ProcessId, note.Ending);
            }

            return FsError.None;
        }
        catch (StorageException error)
        {
            FileSystemLog.EndRefused(_log, ShownPath, error.Message);
            SetPhase(BackupPhase.Open);
            return FsErrors.From(error.Error);
        }
    }

    private async Task ChangesDoneAsync()
    {
        Task? done = null;
        lock (_lock)
        {
            if (_changesInFlight > 0)
            {
                _changesDone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                done = _changesDone.Task;
            }
        }

        if (done is not null)
        {
            await done.ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Waits for files that were closed to be released: the kernel tells that a moment after close(2) returned. A file of
    /// which no descriptor was closed yet is plainly in use, and waited for only briefly.
    /// </summary>
    private async Task AllReleasedAsync()
    {
        TimeSpan patience;
        Task released;
        lock (_lock)
        {
            var open = _files.Values.SelectMany(file => file.Writers).ToArray();
            if (open.Length == 0)
            {
                return;
            }

            patience = Array.TrueForAll(open, file => file.WasFlushed) ? _options.ReleaseTimeout : OpenFilePatience;
            _allReleased = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            released = _allReleased.Task;
        }

        using var timeout = new CancellationTokenSource(patience, _time);
        try
        {
            await released.WaitAsync(timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Refusals tells which files are open.
        }
    }

    private void SetPhase(BackupPhase phase)
    {
        lock (_lock)
        {
            Phase = phase;
            _lastActivity = _time.GetTimestamp();
        }
    }
}
