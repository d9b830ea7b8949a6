namespace BackupFs.Storage;

/// <summary>A point in time as POSIX keeps it: seconds since the epoch (may be negative) and nanoseconds (0..999,999,999).</summary>
public readonly record struct Timestamp(long Seconds, uint Nanoseconds) : IComparable<Timestamp>
{
    /// <summary>The epoch, 1970-01-01T00:00:00Z.</summary>
    public static Timestamp Epoch => default;

    /// <summary>From a .NET time; 100 ns resolution.</summary>
    public static Timestamp From(DateTimeOffset time)
    {
        var ticks = time.UtcTicks - DateTime.UnixEpoch.Ticks;
        var seconds = Math.DivRem(ticks, TimeSpan.TicksPerSecond, out var rest);
        if (rest < 0)
        {
            seconds--;
            rest += TimeSpan.TicksPerSecond;
        }

        return new Timestamp(seconds, (uint)(rest * 100));
    }

    /// <summary>As a .NET time, truncated to 100 ns and clamped to what <see cref="DateTimeOffset"/> can hold.</summary>
    public DateTimeOffset ToDateTimeOffset()
    {
        const long Min = -62135596800, Max = 253402300799;
        var whole = DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(Seconds, Min, Max));
        return Seconds is >= Min and <= Max ? whole.AddTicks(Nanoseconds / 100) : whole;
    }

    /// <inheritdoc/>
    public int CompareTo(Timestamp other) =>
        Seconds != other.Seconds ? Seconds.CompareTo(other.Seconds) : Nanoseconds.CompareTo(other.Nanoseconds);

    /// <summary>Earlier than.</summary>
    public static bool operator <(Timestamp left, Timestamp right) => left.CompareTo(right) < 0;

    /// <summary>Later than.</summary>
    public static bool operator >(Timestamp left, Timestamp right) => left.CompareTo(right) > 0;

    /// <summary>Not later than.</summary>
    public static bool operator <=(Timestamp left, Timestamp right) => left.CompareTo(right) <= 0;

    /// <summary>Not earlier than.</summary>
    public static bool operator >=(Timestamp left, Timestamp right) => left.CompareTo(right) >= 0;
}
