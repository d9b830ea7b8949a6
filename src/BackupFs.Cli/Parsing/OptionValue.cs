using System.Globalization;

namespace BackupFs.Cli.Parsing;

/// <summary>Reads values of options; what does not fit is refused with the option, the value and what is accepted.</summary>
internal static class OptionValue
{
    /// <summary>One of several words.</summary>
    public static T Choice<T>(string option, string? value, T whenAbsent, params (string Word, T Meaning)[] choices)
    {
        if (value is null)
        {
            return whenAbsent;
        }

        foreach (var (word, meaning) in choices)
        {
            if (string.Equals(word, value, StringComparison.Ordinal))
            {
                return meaning;
            }
        }

        throw Bad(option, value, Words([.. choices.Select(choice => choice.Word)]));
    }

    /// <summary>A whole number in a range.</summary>
    public static long Number(string option, string value, long least, long most) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw Bad(option, value, string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most}"));

    /// <summary>The number of a user or group; null if the option is absent.</summary>
    public static uint? Id(string option, string? value) => value is null ? null : (uint)Number(option, value, 0, uint.MaxValue - 1);

    /// <summary>Directory levels above a backup; null is <c>auto</c>.</summary>
    public static int? DirectoryLevels(string option, string? value)
    {
        if (value is null or "auto")
        {
            return null;
        }

        return long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var levels) && levels is >= 1 and <= 16
            ? (int)levels
            : throw Bad(option, value, "a number from 1 to 16, or auto");
    }

    /// <summary>Mode bits in octal.</summary>
    public static int Umask(string option, string? value)
    {
        const string Accepted = "three octal digits, such as 022 or 077";
        if (value is null)
        {
            return 0;
        }

        var bits = 0;
        foreach (var digit in value)
        {
            if (digit is < '0' or > '7' || (bits = (bits << 3) | (digit - '0')) > 0b111_111_111)
            {
                throw Bad(option, value, Accepted);
            }
        }

        return value.Length == 0 ? throw Bad(option, value, Accepted) : bits;
    }

    /// <summary>A duration; null if the option is absent.</summary>
    public static TimeSpan? Time(string option, string? value) =>
        value is null ? null : Duration.TryParse(value, out var duration) ? duration : throw Bad(option, value, Duration.Accepted);

    /// <summary>The refusal of a value.</summary>
    public static UsageException Bad(string option, string value, string accepted) =>
        new($"bad value '{BackupFs.Storage.BackupPath.Printable(value)}' for --{option}: accepted is {accepted}");

    /// <summary>Words joined for a sentence: <c>a, b or c</c>.</summary>
    public static string Words(IReadOnlyList<string> words) =>
        words.Count == 1 ? words[0] : $"{string.Join(", ", words.Take(words.Count - 1))} or {words[^1]}";
}
