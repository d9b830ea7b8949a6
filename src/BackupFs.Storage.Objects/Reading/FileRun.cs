using System.Numerics;

namespace BackupFs.Storage.Objects;

/// <summary>A stretch of an order of files whose files are being read one after another. See <see cref="FileRuns"/>.</summary>
internal sealed class FileRun(int front)
{
    /// <summary>How far behind the front a file still belongs to the run, in files: as many bits as <see cref="_read"/> has.</summary>
    private const int Behind = 64;

    /// <summary>How far beyond the front.</summary>
    private const int Beyond = 32;

    /// <summary>The latest places, for programs that read in order.</summary>
    private const int Latest = 4;

    // Bit i: the file i places behind the front was read.
    private ulong _read = 1;
    private int _wasted;

    /// <summary>The furthest place read.</summary>
    internal int Front { get; private set; } = front;

    /// <summary>How many files went forward without a leap.</summary>
    internal long Length { get; private set; }

    /// <summary>How many files to have ahead of the front.</summary>
    internal int Window { get; private set; }

    /// <summary>The place after the last one that was looked at for reading ahead.</summary>
    internal int ScheduledEnd { get; set; }

    /// <summary>The number of the latest file, counted over all runs.</summary>
    internal long LastUse { get; set; }

    /// <summary>
    /// Whether nearly all files are read: three of the latest four places; or five of eight some way behind the front, where
    /// those have arrived that were overtaken when several programs share the work.
    /// </summary>
    private bool IsDense =>
        BitOperations.PopCount(_read & ((1UL << Latest) - 1)) >= Latest - 1
        || BitOperations.PopCount(_read >> (Behind / 2)) >= Behind / 2 * 5 / 8;

    /// <summary>Whether a file at this place belongs to the run.</summary>
    internal bool IsNear(int place) => place > Front - Behind && place <= Front + Beyond;

    /// <summary>Takes notice of a file that is near; whether the run goes on with it, so that it is worth to read ahead.</summary>
    internal bool Note(int place, int windowLimit)
    {
        var isForward = place > Front;
        if (isForward)
        {
            _read <<= place - Front;
            Front = place;
        }

        _read |= 1UL << (Front - place);
        for (var wasted = Interlocked.Exchange(ref _wasted, 0); wasted > 0; wasted--)
        {
            Window /= 2;
        }

        if (isForward)
        {
            (Length, Window) = IsDense ? (Length + 1, Math.Min(windowLimit, Math.Max(2, Window * 2))) : (0, Window / 2);
        }

        return isForward && Length > 0;
    }

    /// <summary>A file was fetched ahead for nothing. Thread-safe.</summary>
    internal void Wasted() => Interlocked.Increment(ref _wasted);
}
