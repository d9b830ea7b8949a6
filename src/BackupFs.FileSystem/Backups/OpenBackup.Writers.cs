using BackupFs.Storage;
using Microsoft.Extensions.Logging;

namespace BackupFs.FileSystem;

/// <summary>What becomes of the processes that write, and what follows from it for the backup.</summary>
internal sealed partial class OpenBackup
{
    /// <summary>How long a feeder may outlive the process it fed before it no longer matters how it ends.</summary>
    private static readonly TimeSpan FeederGrace = TimeSpan.FromSeconds(2);

    private readonly Dictionary<IObservedProcess, WriterRecord> _writers = [];
    private readonly List<LastHolder> _lastHolders = [];
    private Task _remembered = Task.CompletedTask;
    private readonly List<KilledMark> _marks = [];
    private readonly List<(WriterNote Note, string? CommandDigest)> _notes = [];

    private WriterRecord RecordOf(IObservedProcess process)
    {
        if (!_writers.TryGetValue(process, out var record))
        {
            record = new WriterRecord(process);
            _writers.Add(process, record);
            _ = JudgeWhenEndedAsync(record);
        }

        return record;
    }

    /// <summary>
    /// A process that had inherited the descriptor was the last to have it, and is dying. It may never have written, so
    /// only a signal counts, and only because nobody was left who could have written the rest.
    /// </summary>
    private void NoteLastHolder(IObservedProcess process, FileCondition condition)
    {
        condition.Pending++;
        var holder = new LastHolder(process, condition, condition.Generation);
        _lastHolders.Add(holder);
        _ = JudgeLastHolderWhenEndedAsync(holder);
    }

    private async Task JudgeLastHolderWhenEndedAsync(LastHolder holder)
    {
        await holder.Process.Ended.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        lock (_lock)
        {
            JudgeLastHolder(holder);
        }
    }

    private void JudgeLastHolder(LastHolder holder)
    {
        if (holder.Process.Ending is { } ending && _lastHolders.Remove(holder))
        {
            if (ending.IsKilled && Phase is BackupPhase.Open or BackupPhase.Ending)
            {
                Tear([(holder.File, holder.Generation)], $"{Describe(holder.Process)}: {ending}, while it had the file open");
            }

            Unpend(holder.File);
        }
    }

    private void NoteWritten(WriterRecord record, FileCondition condition)
    {
        if (record.WroteMany || record.Written.Exists(written => written.File == condition && written.Generation == condition.Generation))
        {
            return;
        }

        if (record.Written.Count == WriterRecord.MostFedFiles)
        {
            record.WroteMany = true;
            record.Written.ForEach(written => Unpend(written.File));
            record.Written.Clear();
            return;
        }

        condition.Pending++;
        record.Written.Add((condition, condition.Generation));
    }

    private async Task JudgeWhenEndedAsync(WriterRecord record)
    {
        await record.Process.Ended.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        if (_observer is { } observer)
        {
            // The search for feeders may still be under way when a short-lived writer is gone already.
            await observer.SettleAsync(CancellationToken.None).ConfigureAwait(false);
        }

        bool feedersLeft;
        lock (_lock)
        {
            Judge(record);
            feedersLeft = record.HasUnjudgedFeeders;
        }

        if (feedersLeft)
        {
            using var grace = new CancellationTokenSource(FeederGrace, _time);
            try
            {
                await Task.WhenAll(record.Process.Feeders.Select(feeder => feeder.Ended)).WaitAsync(grace.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // A feeder that lives on has nothing more to say about what was fed.
            }
        }

        lock (_lock)
        {
            Judge(record);
            Forget(record);
        }
    }

    /// <summary>Draws the conclusions from everything that has ended by now. Under the lock.</summary>
    private void JudgeAll()
    {
        foreach (var record in _writers.Values.ToArray())
        {
            Judge(record);
        }

        foreach (var holder in _lastHolders.ToArray())
        {
            JudgeLastHolder(holder);
        }
    }

    private void Judge(WriterRecord record)
    {
        if (Phase is not (BackupPhase.Open or BackupPhase.Ending))
        {
            return;
        }

        foreach (var feeder in record.Process.Feeders)
        {
            if (feeder.Ending is { } ending && record.JudgedFeeders.Add(feeder))
            {
                JudgeFeeder(record, feeder, ending);
            }
        }

        if (!record.IsJudged && record.Process.Ending is { } ended)
        {
            record.IsJudged = true;
            JudgeWriter(record, ended);
        }
    }

    private void JudgeWriter(WriterRecord record, ProcessEnding ending)
    {
        var process = record.Process;
        var openAtExit = record.OpenAtExit;
        if (ending.IsSuccess)
        {
            ClearMarksOf(process.CommandDigest);
        }
        else if (ending.IsKilled || (_options.Writers == WriterPolicy.Strict && ending.IsKnown && openAtExit.Count > 0))
        {
            // Files that were written anew or removed since then are settled; then it is not that something is missing.
            Tear(openAtExit, $"{Describe(process)}: {ending}, while it was writing the file");
            if (openAtExit.Count == 0)
            {
                Mark($"{Describe(process)}: {ending}, between two files: what it was to write may be missing", process.CommandDigest);
            }
        }
        else if (_options.Writers == WriterPolicy.Strict)
        {
            _notes.Add((new WriterNote(process.Program, process.ProcessId, ending.ToString()), process.CommandDigest));
            FileSystemLog.WriterEndedBadly(_log, ShownPath, Describe(process), ending.ToString());
        }
    }

    private void JudgeFeeder(WriterRecord record, IObservedProcess feeder, ProcessEnding ending)
    {
        // A reader that has enough ends its feeders by SIGPIPE; a shell in between reports that as 128 + 13.
        const int SigPipe = 13;
        if (ending.IsSuccess)
        {
            ClearMarksOf(feeder.CommandDigest);
            return;
        }

        var counts = ending.IsKilled
            ? ending.Signal != SigPipe
            : _options.Writers == WriterPolicy.Strict && ending.IsKnown && ending.ExitStatus != 128 + SigPipe;
        if (!counts)
        {
            return;
        }

        var reason = $"{Describe(feeder)}, which fed {Describe(record.Process)}: {ending}";
        if (record.WroteMany)
        {
            Mark(reason, feeder.CommandDigest);
        }
        else
        {
            Tear(record.Written, reason);
        }
    }

    /// <summary>Tears those files that still are what they were then; one without a name counts only once it gets one.</summary>
    private void Tear(List<(FileCondition File, int Generation)> files, string reason)
    {
        foreach (var (file, generation) in files)
        {
            if (file.Generation == generation && file.Torn is null)
            {
                file.Torn = reason;
                if (file.HasName)
                {
                    TellTorn(file, reason);
                }
            }
        }
    }

    private void TellTorn(FileCondition file, string reason)
    {
        FileSystemLog.FileTorn(_log, ShownPath, BackupPath.Printable(file.Path), reason);
        RememberUnfinished(file.Path, unfinished: true);
    }

    private void Mark(string reason, string? commandDigest)
    {
        _marks.Add(new KilledMark(reason, commandDigest));
        FileSystemLog.WriterKilled(_log, ShownPath, reason);
        RememberUnfinished("", unfinished: true);
    }

    private void ClearMarksOf(string? commandDigest)
    {
        if (commandDigest is null)
        {
            return;
        }

        _notes.RemoveAll(note => note.CommandDigest == commandDigest);
        if (_marks.RemoveAll(mark => mark.CommandDigest == commandDigest) > 0 && _marks.Count == 0)
        {
            FileSystemLog.CommandRepeated(_log, ShownPath);
            RememberUnfinished("", unfinished: false);
        }
    }

    private void Forget(WriterRecord record)
    {
        _writers.Remove(record.Process);
        record.OpenAtExit.ForEach(open => Unpend(open.File));
        record.Written.ForEach(written => Unpend(written.File));
        record.OpenAtExit.Clear();
        record.Written.Clear();
    }

    private void Unpend(FileCondition condition)
    {
        condition.Pending--;
        ForgetIfClean(condition);
    }

    /// <summary>Has the storage remember it, one after the other: the last word on a file must be the last one said. Under the lock.</summary>
    private void RememberUnfinished(string path, bool unfinished) => _remembered = RememberUnfinishedAsync(_remembered, path, unfinished);

    private async Task RememberUnfinishedAsync(Task before, string path, bool unfinished)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await _handle.MarkUnfinishedAsync(path, unfinished, CancellationToken.None).ConfigureAwait(false);
        }
        catch (StorageException error)
        {
            // What was removed or renamed meanwhile needs no mark under that name.
            if (error.Error.Kind != StorageErrorKind.NotFound)
            {
                FileSystemLog.MarkNotKept(_log, ShownPath, BackupPath.Printable(path), error.Error);
            }
        }
        catch (OperationCanceledException)
        {
            FileSystemLog.MarkNotKept(_log, ShownPath, BackupPath.Printable(path), Interruption.ErrorOf(CancellationToken.None));
        }
    }

    private string ShownPath => BackupPath.Printable(BackupPath.Join(_handle.Directory, _handle.Name));

    private static string Describe(IObservedProcess process) => $"{BackupPath.Printable(process.Program)} (process {process.ProcessId})";

    private sealed record LastHolder(IObservedProcess Process, FileCondition File, int Generation);
}
