using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>How an open backup comes to an end.</summary>
internal sealed partial class OpenBackup
{
    /// <summary>How long an explicit end waits for feeders of writers that have ended.</summary>
    private static readonly TimeSpan FeederPatience = TimeSpan.FromMilliseconds(250);

    /// <summary>How long it waits for a file that no descriptor of has been closed yet.</summary>
    private static readonly TimeSpan OpenFilePatience = TimeSpan.FromMilliseconds(250);

    private TaskCompletionSource? _allReleased;
    private int _flushes;
    private TaskCompletionSource? _flushesDone;
    private Task<FsError>? _ending;

    /// <summary>
    /// Ends the backup, or says why not; concurrent calls share one end. On refusal and on failure it is open again.
    /// The caller makes the end visible in the tree when this returned None.
    /// </summary>
    public Task<FsError> EndAsync()
    {
        lock (_lock)
        {
            return Phase switch
            {
                BackupPhase.Open => BeginEnd(isAutomatic: false),
                BackupPhase.Ending or BackupPhase.Complete => _ending!,
                BackupPhase.Aborted or BackupPhase.Suspended => Task.FromResult(FsError.Stale),
            };
        }
    }

    /// <summary>
    /// Ends it if it may end by itself: at least one file, nothing open, torn, failed or doubtful, every writer ended well,
    /// and nothing happened for <paramref name="quiet"/>. Null if it may not.
    /// </summary>
    /// <param name="quiet">How long nothing may have happened.</param>
    /// <param name="quietWithLiveWriters">The same while a writer lives.</param>
    /// <param name="bystanders">Numbers of processes that wait for this call: they write nothing meanwhile, however long they live.</param>
    public Task<FsError>? EndByItselfAsync(TimeSpan quiet, TimeSpan quietWithLiveWriters, IReadOnlyCollection<int> bystanders)
    {
        lock (_lock)
        {
            return MayEndByItself(quiet, quietWithLiveWriters, bystanders) ? BeginEnd(isAutomatic: true) : null;
        }
    }

    /// <summary>The end that is under way; null if none is.</summary>
    public Task<FsError>? EndUnderWay
    {
        get
        {
            lock (_lock)
            {
                return Phase == BackupPhase.Ending ? _ending : null;
            }
        }
    }

    /// <summary>Waits until every writer has ended, or has done nothing for <paramref name="quiet"/>.</summary>
    public async Task WritersQuietAsync(TimeSpan quiet, CancellationToken cancellationToken)
    {
        Task ended;
        TimeSpan left;
        lock (_lock)
        {
            left = quiet - _time.GetElapsedTime(_lastActivity);
            ended = Task.WhenAll(_writers.Values.Select(record => record.Process.Ended));
        }

        if (left > TimeSpan.Zero && !ended.IsCompleted)
        {
            await Task.WhenAny(ended, Task.Delay(left, _time, cancellationToken)).ConfigureAwait(false);
        }
    }

    private bool MayEndByItself(TimeSpan quiet, TimeSpan quietWithLiveWriters, IReadOnlyCollection<int> bystanders)
    {
        var idle = _time.GetElapsedTime(_lastActivity);
        return Phase == BackupPhase.Open
            && HasFiles
            && idle >= quiet
            && _changesInFlight == 0
            && _notes.Count == 0
            && !HasDefects
            && !_files.Values.Any(file => file.Writers.Count > 0)
            && (idle >= quietWithLiveWriters || (_lastHolders.Count == 0 && !_writers.Values.Any(IsAlive)));

        bool IsAlive(WriterRecord record) => record.Process.Ending is null && !bystanders.Contains(record.Process.ProcessId);
    }

    /// <summary>Under the lock, in phase Open.</summary>
    private Task<FsError> BeginEnd(bool isAutomatic)
    {
        Phase = BackupPhase.Ending;
        return _ending = Task.Run(() => EndOnceAsync(isAutomatic), CancellationToken.None);
    }

    /// <summary>A file is being stored at its close. Needs one <see cref="EndFlush"/>; the end of the backup waits for that.</summary>
    public void BeginFlush()
    {
        lock (_lock)
        {
            _flushes++;
        }
    }

    /// <summary>
    /// As <see cref="BeginFlush"/>, for a file whose last close has returned already. False, and nothing begun, if nobody will
    /// see it: it has no name.
    /// </summary>
    public bool BeginDeferred(OpenFile file)
    {
        lock (_lock)
        {
            if (file.Condition is not { HasName: true })
            {
                return false;
            }

            _flushes++;
            return true;
        }
    }

    /// <summary>It is stored, or its failure is recorded.</summary>
    public void EndFlush()
    {
        lock (_lock)
        {
            _lastActivity = _time.GetTimestamp();
            if (--_flushes == 0)
            {
                _flushesDone?.TrySetResult();
                _flushesDone = null;
            }
        }
    }

    /// <summary>Files that are being stored at their close.</summary>
    public int FilesBeingStored
    {
        get
        {
            lock (_lock)
            {
                return _flushes;
            }
        }
    }

    /// <summary>Waits until no file is being stored at its close. The storage bounds how long that takes.</summary>
    public Task FlushedAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_flushes == 0)
            {
                return Task.CompletedTask;
            }

            _flushesDone ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _flushesDone.Task.WaitAsync(cancellationToken);
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

            _allReleased ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            released = _allReleased.Task;
        }

        try
        {
            await released.WaitAsync(patience, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Whatever is still open is said by Refusals.
        }
    }

    /// <summary>Removes it. Whoever holds files of it open keeps them until they are closed.</summary>
    /// <param name="onlyIfEmpty">Refuse with NotEmpty if anything is in it.</param>
    public async Task<FsError> AbortAsync(bool onlyIfEmpty)
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
            if (onlyIfEmpty)
            {
                // Nothing new can begin; what has begun may still make something.
                await ChangesDoneAsync().ConfigureAwait(false);
                var listed = await _handle.Tree.ListAsync("", CancellationToken.None).ConfigureAwait(false);
                if (!listed.IsOk || listed.Value.Count > 0)
                {
                    SetPhase(BackupPhase.Open);
                    return listed.IsOk ? FsError.NotEmpty : FsErrors.From(listed.Error);
                }
            }

            await _handle.AbortBackupAsync(CancellationToken.None).ConfigureAwait(false);
            FileSystemLog.Aborted(_log, ShownPath);
            return FsError.None;
        }
        catch (StorageException error)
        {
            return AbortFailed(error.Error);
        }
        catch (OperationCanceledException)
        {
            return AbortFailed(Interruption.ErrorOf(CancellationToken.None));
        }
    }

    private FsError AbortFailed(StorageError error)
    {
        // Some of it may be gone: whatever follows, it must never count as whole.
        _handle.Errors.RecordError(error with { Message = $"its removal was begun and failed, remove it again: {error.Message}" });
        SetPhase(BackupPhase.Open);
        FileSystemLog.OperationFailed(_log, ShownPath, "abort", error);
        return FsErrors.From(error);
    }

    /// <summary>Leaves it for a later resume, unless it is complete; waits for an end that is under way.</summary>
    public async Task SuspendAsync()
    {
        while (true)
        {
            Task? before = null;
            lock (_lock)
            {
                switch (Phase)
                {
                    case BackupPhase.Open:
                        Phase = BackupPhase.Suspended;
                        break;
                    case BackupPhase.Ending:
                        before = _ending;
                        break;
                    default:
                        return;
                }
            }

            if (before is null)
            {
                break;
            }

            await before.ConfigureAwait(false);
        }

        await _remembered.ConfigureAwait(false);
        try
        {
            await _handle.SuspendAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (StorageException error)
        {
            FileSystemLog.OperationFailed(_log, ShownPath, "suspend", error.Error);
        }
        catch (OperationCanceledException)
        {
            FileSystemLog.OperationFailed(_log, ShownPath, "suspend", Interruption.ErrorOf(CancellationToken.None));
        }
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

    private async Task<FsError> EndOnceAsync(bool isAutomatic)
    {
        try
        {
            await ChangesDoneAsync().ConfigureAwait(false);
            await StoredAndReleasedAsync().ConfigureAwait(false);
            await SettleWritersAsync().ConfigureAwait(false);
            var refused = Refused();
            if (refused != FsError.None)
            {
                SetPhase(BackupPhase.Open);
                return refused;
            }

            BackupNotes notes;
            lock (_lock)
            {
                if (isAutomatic && _notes.Count > 0)
                {
                    // Only now it became known that a writer had not ended well: an explicit end has to decide.
                    SetPhase(BackupPhase.Open);
                    return FsError.Busy;
                }

                notes = new BackupNotes([.. _notes.Select(note => note.Note)], [.. _accepted]);
            }

            await _remembered.ConfigureAwait(false);
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
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // A defect of a storage must not leave the backup between two phases for ever.
            FileSystemLog.EndFailed(_log, ShownPath, error);
            SetPhase(BackupPhase.Open);
            return FsError.Io;
        }
    }

    /// <summary>None if nothing stands against the end; else the reasons are logged.</summary>
    private FsError Refused()
    {
        var refusals = Refusals();
        foreach (var refusal in refusals)
        {
            FileSystemLog.EndRefused(_log, ShownPath, refusal.Reason);
        }

        return refusals.Count == 0 ? FsError.None
            : refusals.All(refusal => refusal.IsOpenFile) ? FsError.Busy
            : FsError.Io;
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
    private Task AllReleasedAsync()
    {
        bool wereClosed;
        lock (_lock)
        {
            wereClosed = _files.Values.All(file => file.Writers.TrueForAll(writer => writer.WasFlushed));
        }

        return QuietAsync(wereClosed ? _options.ReleaseTimeout : OpenFilePatience, CancellationToken.None);
    }

    /// <summary>
    /// Waits for files that are being stored at their close, however long that takes, and for their release. One that is
    /// closed while another is waited for is waited for, too; who asked for the end may stop waiting.
    /// </summary>
    private async Task StoredAndReleasedAsync()
    {
        do
        {
            await FlushedAsync(CancellationToken.None).ConfigureAwait(false);
            await AllReleasedAsync().ConfigureAwait(false);
        }
        while (IsFlushing());

        bool IsFlushing()
        {
            lock (_lock)
            {
                return _flushes > 0;
            }
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
