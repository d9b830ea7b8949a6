using System.Buffers;

namespace BackupFs.Mount.Windows;

/// <summary>
/// Names as Windows can show them. A stored name that Windows would not take has the characters that are in the way replaced
/// by those of the private use area, U+F000 and what they are, as WSL, Cygwin and Samba do; the way back is unambiguous.
/// </summary>
internal static class ShownName
{
    private const int Shift = 0xF000;
    private const int LastShifted = 0x7F;

    private static readonly SearchValues<char> Forbidden = SearchValues.Create("<>:\"|?*\\");

    private static readonly string[] Devices = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

    /// <summary>How a stored name is shown.</summary>
    public static string Of(string stored)
    {
        var first = IsDevice(stored);
        var last = EndsInvisibly(stored);
        return !first && !last && stored.AsSpan().IndexOfAny(Forbidden) < 0
            ? stored
            : string.Create(stored.Length, (stored, first, last), static (shown, from) =>
            {
                for (var i = 0; i < shown.Length; i++)
                {
                    var character = from.stored[i];
                    var shift = Forbidden.Contains(character) || (from.first && i == 0) || (from.last && i == shown.Length - 1);
                    shown[i] = shift ? (char)(Shift + character) : character;
                }
            });
    }

    /// <summary>The stored name that is shown so; the name itself, if it is not how anything is shown that has to be changed.</summary>
    public static string ToStored(string shown)
    {
        if (shown.AsSpan().IndexOfAnyInRange((char)(Shift + 1), (char)(Shift + LastShifted)) < 0)
        {
            return shown;
        }

        var stored = string.Create(shown.Length, shown, static (stored, from) =>
        {
            for (var i = 0; i < stored.Length; i++)
            {
                stored[i] = from[i] is > (char)Shift and <= (char)(Shift + LastShifted) ? (char)(from[i] - Shift) : from[i];
            }
        });
        return Of(stored) == shown ? stored : shown;
    }

    /// <summary>Whether something new may be called so, as it is shown: what Windows itself could not open again is refused.</summary>
    public static bool IsValid(string shown) =>
        !IsDevice(shown) && !EndsInvisibly(shown) && shown.AsSpan().IndexOfAny(Forbidden) < 0 && !shown.Contains('/', StringComparison.Ordinal);

    private static bool EndsInvisibly(string name) => name.Length > 0 && name[^1] is '.' or ' ';

    /// <summary>
    /// Whether Windows takes a name for a device, whatever follows a dot: NUL.txt, too.
    /// </summary>
    private static bool IsDevice(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var stem = (dot < 0 ? name : name.AsSpan(0, dot)).TrimEnd(' ');
        return stem.Length switch
        {
            3 or 6 or 7 => IsOneOf(stem),
            4 => IsPort(stem),
            _ => false,
        };
    }

    private static bool IsOneOf(ReadOnlySpan<char> stem)
    {
        foreach (var device in Devices)
        {
            if (stem.Equals(device, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    // COM1 to COM9 and LPT1 to LPT9, also with the superscript digits of Latin-1.
    private static bool IsPort(ReadOnlySpan<char> stem) =>
        (stem.StartsWith("COM", StringComparison.OrdinalIgnoreCase) || stem.StartsWith("LPT", StringComparison.OrdinalIgnoreCase))
        && stem[3] is (>= '1' and <= '9') or '\u00b9' or '\u00b2' or '\u00b3';
}
