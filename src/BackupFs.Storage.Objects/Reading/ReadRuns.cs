namespace BackupFs.Storage.Objects;

/// <summary>
/// Finds out where a file is read in order. Not thread-safe.
/// </summary>
/// <remarks>
/// The kernel reads ahead, too: several reads are under way, and their order is nearly, but not quite, that of their offsets.
/// So a read that begins elsewhere, but near, begins a run of its own without ending the one there is, and when one run reaches
/// another, they become one. A read far away ends the runs there are: unless the reader was seen to come back to
/// one, as programs do that read two places in turn; then it is remembered for some reads.
/// </remarks>
internal sealed class ReadRuns
{
    /// <summary>How far apart reads that are under way at the same time may be, in bytes: eight of the largest ones.</summary>
    internal const long Near = 8 << 20;

    private const int MaximumRuns = 8;
    private const int RememberedReads = 8;

    private readonly List<ReadRun> _runs = [];
    private long _reads;
    private bool _comesBack;

    /// <summary>The runs, abandoned ones included; in no order.</summary>
    internal List<ReadRun> All => _runs;

    /// <summary>Takes notice of a read and returns the run that it belongs to.</summary>
    /// <param name="start">Its first byte.</param>
    /// <param name="end">The byte after it.</param>
    /// <param name="isHeld">Whether all of it is in memory or on its way: then reading it once more is no seek.</param>
    /// <param name="windowLimit">Bytes a window can have.</param>
    internal ReadRun Note(long start, long end, bool isHeld, long windowLimit)
    {
        _reads++;
        var run = FindContinued(start, end, windowLimit);
        if (run is not null)
        {
            if (run.IsAbandoned)
            {
                run.IsAbandoned = false;
                _comesBack = true;
            }

            run.Progress += end - Math.Max(start, run.End);
            run.IsContinued = true;
            run.End = end;
            Absorb(run);
        }
        else
        {
            run = (isHeld ? FindAround(start, end) : null) ?? ExtendDown(start, end) ?? Begin(start, end);
        }

        (run.LastStart, run.LastEnd, run.LastUse) = (start, end, _reads);
        AbandonOthers(run, windowLimit);
        return run;
    }

    private ReadRun? FindContinued(long start, long end, long windowLimit)
    {
        ReadRun? nearest = null;
        foreach (var run in _runs)
        {
            if (start >= run.Start && start <= run.End + run.Window(windowLimit) && end > run.End
                && (nearest is null || Math.Abs(start - run.End) < Math.Abs(start - nearest.End)))
            {
                nearest = run;
            }
        }

        return nearest;
    }

    private ReadRun? FindAround(long start, long end)
    {
        // No lambda: this is on the way of every read, and it would allocate.
        foreach (var run in _runs)
        {
            if (!run.IsAbandoned && start >= run.Start && end <= run.End)
            {
                return run;
            }
        }

        return null;
    }

    /// <summary>A read that ends where a run begins was overtaken by it, or reading goes backwards.</summary>
    private ReadRun? ExtendDown(long start, long end)
    {
        foreach (var run in _runs)
        {
            if (!run.IsAbandoned && end == run.Start)
            {
                run.Start = start;
                return run;
            }
        }

        return null;
    }

    private ReadRun Begin(long start, long end)
    {
        if (_runs.Count == MaximumRuns)
        {
            _runs.Remove(_runs.MinBy(run => run.LastUse)!);
        }

        var run = new ReadRun(start, end);
        _runs.Add(run);
        return run;
    }

    /// <summary>Joins the runs that <paramref name="run"/> has reached: reads that had overtaken others.</summary>
    private void Absorb(ReadRun run)
    {
        for (var i = 0; i < _runs.Count; i++)
        {
            var ahead = _runs[i];
            if (ahead != run && ahead.Start > run.Start && ahead.Start <= run.End && _reads - ahead.LastUse <= 2 * RememberedReads)
            {
                if (ahead.End > run.End)
                {
                    run.Progress += ahead.End - run.End;
                    run.End = ahead.End;
                }

                run.ScheduledEnd = Math.Max(run.ScheduledEnd, ahead.ScheduledEnd);
                _runs.RemoveAt(i);
                i = -1;
            }
        }
    }

    private void AbandonOthers(ReadRun current, long windowLimit)
    {
        foreach (var run in _runs)
        {
            if (run != current && !run.IsAbandoned
                && Math.Abs(current.LastStart - run.End) > Math.Max(Near, run.Window(windowLimit))
                && !(_comesBack && _reads - run.LastUse <= RememberedReads))
            {
                run.IsAbandoned = true;
                run.ScheduledEnd = 0;
            }
        }
    }
}
