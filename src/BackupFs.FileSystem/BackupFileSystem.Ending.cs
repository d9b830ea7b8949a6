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
    public async Task<DrainReport> DrainAsync(bool isFinal, CancellationToken cancellationToken)
    {
        var completed = new List<string>();
        var incomplete = new List<(string, string)>();
        foreach (var backup in _backups.Open)
        {
            if (backup.Open is not { } life)
            {
                continue;
            }

            await life.SettleWritersAsync().ConfigureAwait(false);
            await life.QuietAsync(isFinal ? TimeSpan.FromSeconds(2) : TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
            var mayEnd = _options.End == EndPolicy.Idle && !backup.IsPartial
                && life.MayEndByItself(TimeSpan.Zero, quietWithLiveWriters: _options.SettleTime);
            if (mayEnd && await EndAsync(backup, "unmount", cancellationToken).ConfigureAwait(false) == FsError.None)
            {
                completed.Add(BackupPath.Printable(backup.Path));
                continue;
            }

            var reason = WhyNotEnded(backup);
            incomplete.Add((BackupPath.Printable(backup.Path), reason));
            if (isFinal)
            {
                FileSystemLog.LeftIncomplete(_log, BackupPath.Printable(backup.Path), reason);
                await life.SuspendAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        return new DrainReport(completed, incomplete);
    }

    private async ValueTask<FsError> EndAsync(
        Backup backup, string reason, CancellationToken cancellationToken, bool renamedByCaller = false)
    {
        if (backup.Open is not { } life)
        {
            return backup.Handle.State == BackupState.Complete ? FsError.None : FsError.ReadOnly;
        }

        var shown = backup.ShownName;
        FsError ended;
        try
        {
            ended = await life.EndAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The end goes on; whoever asks next hears of it.
            _ = PublishWhenEndedAsync(backup, life, shown, reason);
            return FsError.Interrupted;
        }

        if (ended == FsError.None)
        {
            Publish(backup, shown, reason, renamedByCaller);
        }

        return ended;
    }

    private async Task PublishWhenEndedAsync(Backup backup, OpenBackup life, string shown, string reason)
    {
        if (await life.EndAsync(CancellationToken.None).ConfigureAwait(false) == FsError.None)
        {
            Publish(backup, shown, reason, renamedByCaller: false);
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

            backup.BecomeComplete();
            _backups.CloseOpen(backup, isStored: true);
        }

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
        await Task.Yield();
        var period = TimeSpan.FromTicks(Math.Clamp(_options.SettleTime.Ticks / 8, ShortestWatch.Ticks, LongestWatch.Ticks));
        using var timer = new PeriodicTimer(period, _time);
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
        {
            try
            {
                await EndIdleBackupsAsync(cancellationToken).ConfigureAwait(false);
                await UndoStaleRemovalsAsync().ConfigureAwait(false);
            }
            catch (StorageException error)
            {
                FileSystemLog.WatchFailed(_log, error);
            }
        }
    }

    private async Task EndIdleBackupsAsync(CancellationToken cancellationToken)
    {
        if (_options.End != EndPolicy.Idle)
        {
            return;
        }

        foreach (var backup in _backups.Open)
        {
            if (!backup.IsPartial && backup.Open is { } life
                && life.MayEndByItself(_options.SettleTime, _options.SettleTime * SettleTimesForLiveWriters))
            {
                await EndAsync(backup, "idle", cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task UndoStaleRemovalsAsync()
    {
        foreach (var backup in _backups.BeingRemoved)
        {
            if (backup.Removal is { } removal && _time.GetElapsedTime(removal.LastStep) >= _options.SettleTime)
            {
                await UndoRemovalAsync(backup, removal).ConfigureAwait(false);
            }
        }
    }
}
