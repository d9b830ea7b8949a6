using System.Buffers;

namespace BackupFs.Storage.Directory;

/// <summary>
/// Names that Windows cannot keep as they are: it drops dots and spaces at their end, takes some for devices, and others not at all.
/// </summary>
/// <remarks>Microsoft's documentation, "Naming Files, Paths, and Namespaces".</remarks>
internal static class WindowsNames
{
    private static readonly SearchValues<char> Forbidden = SearchValues.Create("<>:\"|?*\\");

    private static readonly HashSet<string> Devices = new(StringComparer.OrdinalIgnoreCase)
    {
        "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$",
    };

    /// <summary>What is wrong with a name; null if nothing is.</summary>
    internal static string? Check(string name)
    {
        if (name.AsSpan().IndexOfAny(Forbidden) is >= 0 and var index)
        {
            return $"Windows takes no '{name[index]}' in a name";
        }

        if (name[^1] is '.' or ' ')
        {
            return "Windows drops a dot or a space at the end of a name";
        }

        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var stem = (dot < 0 ? name : name[..dot]).TrimEnd(' ');
        return IsDevice(stem) ? $"Windows has a device '{stem.ToUpperInvariant()}'" : null;
    }

    // COM and LPT with a digit, of which three may be superscripts.
    private static bool IsDevice(string stem) => Devices.Contains(stem)
        || (stem.Length == 4
            && (stem[3] is >= '0' and <= '9' or '\u00B9' or '\u00B2' or '\u00B3')
            && (stem.StartsWith("COM", StringComparison.OrdinalIgnoreCase) || stem.StartsWith("LPT", StringComparison.OrdinalIgnoreCase)));
}
