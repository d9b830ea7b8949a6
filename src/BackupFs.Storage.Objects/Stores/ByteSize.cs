using System.Globalization;

namespace BackupFs.Storage.Objects;

/// <summary>Numbers of bytes as people write them: <c>64MiB</c>, <c>1GiB</c>, <c>500MB</c>, <c>1048576</c>. Thread-safe.</summary>
public static class ByteSize
{
    /// <summary>What is accepted, for error messages.</summary>
    public const string Accepted = "a number of bytes, such as 64MiB, 1GiB, 500MB or 1048576";

    private static readonly (string Unit, long Bytes)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("B", 1),
    ];

    /// <summary>Reads one; fractions of a unit are allowed, zero is not.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="bytes">More than 0; 0 if the text is no size.</param>
    public static bool TryParse(string text, out long bytes)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (number, unit) = (text, 1L);
        foreach (var (name, length) in Units)
        {
            if (text.EndsWith(name, StringComparison.OrdinalIgnoreCase))
            {
                (number, unit) = (text[..^name.Length], length);
                break;
            }
        }

        var style = unit == 1 ? NumberStyles.None : NumberStyles.AllowDecimalPoint;
        var isNumber = decimal.TryParse(number, style, CultureInfo.InvariantCulture, out var units) && units <= long.MaxValue / unit;
        bytes = isNumber ? (long)(units * unit) : 0;
        return bytes > 0;
    }

    /// <summary>Writes one so that it is read back exactly: <c>64MiB</c>, <c>1536KiB</c>, <c>1000001</c>.</summary>
    public static string Format(long bytes)
    {
        var (unit, length) = Units.Where(each => each.Unit.EndsWith("iB", StringComparison.Ordinal) && bytes % each.Bytes == 0).DefaultIfEmpty(("", 1)).Last();
        return string.Create(CultureInfo.InvariantCulture, $"{bytes / length}{unit}");
    }
}
