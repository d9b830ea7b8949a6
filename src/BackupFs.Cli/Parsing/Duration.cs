using System.Globalization;

namespace BackupFs.Cli.Parsing;

/// <summary>Durations as people write them: <c>500ms</c>, <c>30s</c>, <c>5m</c>, <c>1h</c>, <c>2d</c>.</summary>
internal static class Duration
{
    /// <summary>What is accepted, for error messages.</summary>
    public const string Accepted = "a number with a unit, such as 500ms, 30s, 5m or 1h";

    private static readonly (string Unit, TimeSpan Length)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)),
        ("s", TimeSpan.FromSeconds(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("h", TimeSpan.FromHours(1)),
        ("d", TimeSpan.FromDays(1)),
    ];

    /// <summary>Reads one; fractions are allowed, zero and more than 100 days are not.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        foreach (var (unit, length) in Units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal)
                && decimal.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                && number > 0
                && number <= 100 * (decimal)(TimeSpan.TicksPerDay / length.Ticks))
            {
                duration = TimeSpan.FromTicks((long)(number * length.Ticks));
                return duration > TimeSpan.Zero;
            }
        }

        duration = default;
        return false;
    }

    /// <summary>The shortest way to write it, for messages.</summary>
    public static string Format(TimeSpan duration)
    {
        foreach (var (unit, length) in Units.Reverse())
        {
            if (duration >= length && duration.Ticks % length.Ticks == 0)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{duration.Ticks / length.Ticks}{unit}");
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds}ms");
    }
}
