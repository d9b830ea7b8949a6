using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>Ending backups: when asked, when idle, before an unmount.</summary>
public sealed partial class BackupFileSystem
{
    /// <summary>A writer that lives on holds an idle backup open for this many settle times at most.</summary>
    private const int SettleTimesForLiveWriters = 10;

    private static readonly TimeSpan ShortestWatch = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestWatch = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Before an unmount (or after one): ends the backups that are whole, when the end policy is idle, and says why the
    /// others are not.
    /// </summary>
    /// <param name="isFinal">Nothing can be written any more: the others are left for a later resume.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task<DrainReport> DrainAsync(bool isFinal, CancellationToken cancellationToken) => DrainAsync(isFinal, default, cancellationToken);

    private async Task<DrainReport> DrainAsync(bool isFinal, Caller caller, CancellationToken cancellationToken)
    {
        // The shell that runs the unmount may well have written into a backup; it waits for us.
        IReadOnlyCollection<int> bystanders = caller.Id == 0 || _observer is null ? [] : _observer.AncestorsOf(caller.Id);

        // All at the same time: each may have much to store.
        var outcomes = await Task.WhenAll(_backups.Open.Select(async backup =>
            (backup.Path, Reason: await DrainAsync(backup, isFinal, bystanders, cancellationToken).ConfigureAwait(false)))).ConfigureAwait(false);
        return new DrainReport(
            [.. outcomes.Where(outcome => outcome.Reason is null).Select(outcome => BackupPath.Printable(outcome.Path))],
            [.. outcomes.Where(outcome => outcome.Reason is { Length: > 0 }).Select(outcome => (BackupPath.Printable(outcome.Path), outcome.Reason!))]);
    }

    /// <summary>Null if it was ended, else why not; empty if there was nothing to end.</summary>
    private async Task<string?> DrainAsync(Backup backup, bool isFinal, IReadOnlyCollection<int> bystanders, CancellationToken cancellationToken)
    {
        if (backup.Open is not { } life)
        {
            return "";
        }

        await life.SettleWritersAsync().ConfigureAwait(false);
        await life.FlushedAsync(cancellationToken).ConfigureAwait(false);
        await life.QuietAsync(isFinal ? TimeSpan.FromSeconds(2) : TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
        var mayEnd = _options.End == EndPolicy.Idle && !backup.IsPartial;
        if (mayEnd && isFinal)
        {
            // Nobody can write any more, but a writer that lives on may still fail, and its backup would not be whole.
            await life.WritersQuietAsync(_options.SettleTime, cancellationToken).ConfigureAwait(false);
            await life.SettleWritersAsync().ConfigureAwait(false);
        }

        var ending = life.EndUnderWay ?? (mayEnd
            ? life.EndByItselfAsync(TimeSpan.Zero, quietWithLiveWriters: _options.SettleTime, bystanders)
            : null);
        if (ending is not null
            && await PublishAfterAsync(backup, ending, "unmount", renamedByCaller: false, cancellationToken).ConfigureAwait(false) == FsError.None)
        {
            return null;
        }

        var reason = WhyNotEnded(backup);
        if (isFinal)
        {
            FileSystemLog.LeftIncomplete(_log, BackupPath.Printable(backup.Path), reason);
            await life.SuspendAsync().ConfigureAwait(false);
        }

        return reason;
    }

    private ValueTask<FsError> EndAsync(Backup backup, string reason, CancellationToken cancellationToken, bool renamedByCaller = false)
    {
        if (backup.Open is { } life)
        {
            return PublishAfterAsync(backup, life.EndAsync(), reason, renamedByCaller, cancellationToken);
        }

        return ValueTask.FromResult(backup.Handle.State == BackupState.Complete ? FsError.None : FsError.ReadOnly);
    }

    private async ValueTask<FsError> PublishAfterAsync(
        Backup backup, Task<FsError> ending, string reason, bool renamedByCaller, CancellationToken cancellationToken)
    {
        var shown = backup.ShownName;
        try
        {
            var ended = await ending.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (ended == FsError.None)
            {
                Publish(backup, shown, reason, renamedByCaller);
            }

            return ended;
        }
        catch (OperationCanceledException)
        {
            // The end goes on; whoever asks next hears of it.
            _background.Add(PublishAfterAsync(backup, ending, reason, renamedByCaller: false, CancellationToken.None).AsTask());
            return FsError.Interrupted;
        }
    }

    /// <summary>Makes the end visible in the tree.</summary>
    private void Publish(Backup backup, string shownBefore, string reason, bool renamedByCaller)
    {
        lock (_backups)
        {
            if (backup.Open is null)
            {
                return;
            }

            StoredChanged(backup.Directory, backup.Name, isThere: true);
            backup.BecomeComplete();
            _backups.CloseOpen(backup, isStored: true);
            NamesChanged(backup.Directory, backup.Name);
        }

        backup.Release();
        FileSystemLog.Completed(_log, BackupPath.Printable(backup.Path), reason);
        if (!renamedByCaller)
        {
            TellNameChanged(backup, shownBefore);
            TellNameChanged(backup, backup.Name);
        }
    }

    private void TellNameChanged(Backup backup, string name)
    {
        if (Inodes.FindDirectory(backup.Directory) is { } directory)
        {
            Listener?.NameChanged(directory.Number, name);
        }
    }

    private string WhyNotEnded(Backup backup)
    {
        if (backup.Open is not { } life)
        {
            return "";
        }

        var refusals = life.Refusals();
        return refusals.Count > 0 ? refusals[0].Reason + (refusals.Count > 1 ? $" (and {refusals.Count - 1} more)" : "")
            : backup.IsPartial ? $"it is still named {BackupPath.Printable(backup.ShownName)}"
            : _options.End != EndPolicy.Idle ? "nobody ended it"
            : life.ReasonAgainstAutomaticEnd() ?? "nobody ended it";
    }

    private async Task WatchIdleAsync(CancellationToken cancellationToken)
    {
        var period = TimeSpan.FromTicks(Math.Clamp(_options.SettleTime.Ticks / 8, ShortestWatch.Ticks, LongestWatch.Ticks));
        using var timer = new PeriodicTimer(period, _time);
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
        {
            // An end may take long; the others, and removals, must not wait for it.
            _background.Add(WatchOnceSafelyAsync(cancellationToken));
        }
    }

    private async Task WatchOnceSafelyAsync(CancellationToken cancellationToken)
    {
        try
        {
            await WatchOnceAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not (OperationCanceledException or OutOfMemoryException))
        {
            FileSystemLog.WatchFailed(_log, error);
        }
    }

    /// <summary>One round of the watch: ends what has been idle for long enough, and undoes removals that nobody finished.</summary>
    internal Task WatchOnceAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(EndIdleBackupsAsync(cancellationToken), UndoStaleRemovalsAsync());

    private async Task EndIdleBackupsAsync(CancellationToken cancellationToken)
    {
        if (_options.End != EndPolicy.Idle)
        {
            return;
        }

        var endings = new List<Task>();
        foreach (var backup in _backups.Open)
        {
            if (!backup.IsPartial && backup.Open is { } life
                && life.EndByItselfAsync(_options.SettleTime, _options.SettleTime * SettleTimesForLiveWriters, bystanders: []) is { } ending)
            {
                endings.Add(PublishAfterAsync(backup, ending, "idle", renamedByCaller: false, cancellationToken).AsTask());
            }
        }

        await Task.WhenAll(endings).ConfigureAwait(false);
    }

    private async Task UndoStaleRemovalsAsync()
    {
        foreach (var backup in _backups.BeingRemoved)
        {
            if (backup.Removal is { } removal && removal.IsStale(_time, _options.SettleTime))
            {
                await UndoRemovalAsync(backup, removal).ConfigureAwait(false);
            }
        }
    }
}
