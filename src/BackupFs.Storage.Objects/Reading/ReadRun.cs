namespace BackupFs.Storage.Objects;

/// <summary>A stretch of a file that is being read in order. See <see cref="ReadRuns"/>.</summary>
internal sealed class ReadRun(long start, long end)
{
    /// <summary>The first byte read.</summary>
    internal long Start { get; set; } = start;

    /// <summary>The front: the byte after the furthest one read.</summary>
    internal long End { get; set; } = end;

    /// <summary>The first byte of the latest read.</summary>
    internal long LastStart { get; set; } = start;

    /// <summary>The byte after the latest read.</summary>
    internal long LastEnd { get; set; } = end;

    /// <summary>Bytes by which reads went forward; what is read ahead is as much.</summary>
    internal long Progress { get; set; } = end - start;

    /// <summary>Whether a second read went on where one before ended.</summary>
    internal bool IsContinued { get; set; }

    /// <summary>Whether the reader went away from here: nothing is kept for it.</summary>
    internal bool IsAbandoned { get; set; }

    /// <summary>The number of the latest read, counted over all runs.</summary>
    internal long LastUse { get; set; }

    /// <summary>The block after the last one that was asked for ahead of the front.</summary>
    internal int ScheduledEnd { get; set; }

    /// <summary>Bytes to read ahead of the front.</summary>
    internal long Window(long limit) => IsContinued && !IsAbandoned ? Math.Min(limit, Progress) : 0;

    /// <summary>Forgets what was read ahead; the window grows again from the start.</summary>
    internal void Restart() => (Progress, IsContinued, ScheduledEnd) = (0, false, 0);
}
