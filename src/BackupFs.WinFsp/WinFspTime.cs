namespace BackupFs.WinFsp;

/// <summary>A point in time as Windows file systems keep it (FILETIME). The default, 0, stands for "none".</summary>
/// <param name="Intervals">Intervals of 100 nanoseconds since 1601-01-01 00:00 UTC.</param>
public readonly record struct WinFspTime(ulong Intervals)
{
    private const long UnixEpoch = 116_444_736_000_000_000;
    private const long NanosecondsPerInterval = 100;
    private const long IntervalsPerSecond = 10_000_000;

    /// <summary>Whether a time is set.</summary>
    public bool IsSet => Intervals != 0;

    /// <summary>
    /// The time so many seconds and nanoseconds after 1970; what is before 1601 becomes 1601, or rather the interval
    /// after it, since 0 means "none".
    /// </summary>
    /// <param name="seconds">Seconds since 1970-01-01 00:00 UTC, negative before.</param>
    /// <param name="nanoseconds">0 to 999,999,999; fractions of an interval are cut off.</param>
    public static WinFspTime FromUnix(long seconds, int nanoseconds)
    {
        Int128 intervals = ((Int128)seconds * IntervalsPerSecond) + (nanoseconds / NanosecondsPerInterval) + UnixEpoch;
        return new WinFspTime((ulong)Int128.Clamp(intervals, 1, long.MaxValue));
    }

    /// <summary>The same point of time.</summary>
    public static WinFspTime From(DateTimeOffset time) => FromUnix(
        (long)Math.Floor((time - DateTimeOffset.UnixEpoch).TotalSeconds),
        (int)(time.UtcTicks % IntervalsPerSecond * NanosecondsPerInterval));

    /// <summary>Seconds since 1970-01-01 00:00 UTC, rounded down, and the nanoseconds above that.</summary>
    public (long Seconds, int Nanoseconds) ToUnix()
    {
        Int128 intervals = (Int128)Intervals - UnixEpoch;
        long seconds = (long)((intervals - (((intervals % IntervalsPerSecond) + IntervalsPerSecond) % IntervalsPerSecond)) / IntervalsPerSecond);
        return (seconds, (int)((intervals - ((Int128)seconds * IntervalsPerSecond)) * NanosecondsPerInterval));
    }
}
