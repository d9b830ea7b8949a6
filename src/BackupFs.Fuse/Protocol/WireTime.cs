namespace BackupFs.Fuse.Protocol;

/// <summary>Durations on the wire: whole seconds and nanoseconds.</summary>
internal static class WireTime
{
    /// <summary>Splits a duration; a negative one counts as zero.</summary>
    internal static (ulong Seconds, uint Nanoseconds) Split(TimeSpan duration)
    {
        if (duration <= TimeSpan.Zero)
        {
            return (0, 0);
        }

        long seconds = duration.Ticks / TimeSpan.TicksPerSecond;
        long ticks = duration.Ticks % TimeSpan.TicksPerSecond;
        return ((ulong)seconds, (uint)(ticks * TimeSpan.NanosecondsPerTick));
    }
}
