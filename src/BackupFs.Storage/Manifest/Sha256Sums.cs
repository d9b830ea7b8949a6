using System.Text;

namespace BackupFs.Storage;

/// <summary>Writes what <c>sha256sum -c</c> reads, so that a restored backup can be checked without BackupFs.</summary>
public static class Sha256Sums
{
    /// <summary>
    /// Writes one line for every regular file, in the manifest's order, hard links with the checksum of the file they are:
    /// 64 hexadecimal digits, two spaces, the path. As GNU coreutils does, a line whose path has a backslash, newline or
    /// carriage return starts with a backslash and has these escaped.
    /// </summary>
    public static void Write(BackupManifest manifest, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(destination);
        var targets = new Dictionary<string, FileChecksums>(StringComparer.Ordinal);
        foreach (var name in manifest.Entries.Select(entry => entry.HardLinkTo).OfType<string>())
        {
            targets[name] = null!;
        }

        using var writer = new StreamWriter(destination, new UTF8Encoding(false), bufferSize: 64 * 1024, leaveOpen: true) { NewLine = "\n" };
        foreach (var entry in manifest.Entries)
        {
            if (entry.Checksums is { } checksums && targets.ContainsKey(entry.Path))
            {
                targets[entry.Path] = checksums;
            }

            var sums = entry.Checksums ?? (entry.HardLinkTo is { } target ? targets.GetValueOrDefault(target) : null);
            if (entry.Type != EntryType.File || sums is null)
            {
                continue;
            }

            var escape = entry.Path.AsSpan().IndexOfAny('\\', '\n', '\r') >= 0;
            if (escape)
            {
                writer.Write('\\');
            }

            writer.Write(Convert.ToHexStringLower(sums.Sha256));
            writer.Write("  ");
            writer.WriteLine(escape ? Escape(entry.Path) : entry.Path);
        }
    }

    private static string Escape(string path) => path
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal)
        .Replace("\r", "\\r", StringComparison.Ordinal);
}
