using System.Globalization;

namespace BackupFs.Storage;

/// <summary>What Vitess calls its backups and their files, to tell a whole backup of Vitess from a broken one.</summary>
/// <remarks>
/// Vitess names a backup by its UTC start and the tablet's alias, <c>yyyy-MM-dd.HHmmss.cell-0000000100</c>, the alias' number
/// padded with zeros to 10 digits; it parses exactly three parts separated by dots. A backup is complete for Vitess when
/// the file <c>MANIFEST</c> can be read, which it writes last.
/// </remarks>
public static class VitessNames
{
    /// <summary>The file that Vitess writes last.</summary>
    public const string ManifestFileName = "MANIFEST";

    private const int UidDigits = 10;

    /// <summary>Whether <paramref name="name"/> has the shape of a Vitess backup's name, for example <c>2024-10-11.094342.zone1-0000000402</c>.</summary>
    public static bool IsBackupName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        const int TimeLength = 17; // yyyy-MM-dd.HHmmss
        if (name.Length < TimeLength + 1 || name[TimeLength] != '.')
        {
            return false;
        }

        return DateTime.TryParseExact(
                name.AsSpan(0, TimeLength), "yyyy-MM-dd.HHmmss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _)
            && IsTabletAlias(name.AsSpan(TimeLength + 1));
    }

    private static bool IsTabletAlias(ReadOnlySpan<char> alias)
    {
        var dash = alias.LastIndexOf('-');
        if (dash < 1 || alias.Length - dash - 1 != UidDigits)
        {
            return false;
        }

        foreach (var character in alias[..dash])
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_'))
            {
                return false;
            }
        }

        // A tablet's number has 32 bits.
        return alias[(dash + 1)..].IndexOfAnyExceptInRange('0', '9') < 0
            && uint.TryParse(alias[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out _);
    }
}
