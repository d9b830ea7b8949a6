using System.Text;

namespace BackupFs.Fuse;

/// <summary>The mounts this process sees, from /proc/self/mountinfo (proc(5)). Touches none of them.</summary>
public static class MountTable
{
    private const string TablePath = "/proc/self/mountinfo";

    /// <summary>All mounts, in the order they were made; of several on one place the last is the visible one.</summary>
    public static IReadOnlyList<MountEntry> Read() => Parse(File.ReadLines(TablePath));

    /// <summary>
    /// The mount a path is on, or null when it is on none of the table. The path need not exist; links in it are not
    /// followed.
    /// </summary>
    public static MountEntry? Covering(string path) => Covering(Read(), Path.GetFullPath(path));

    internal static MountEntry? Covering(IReadOnlyList<MountEntry> mounts, string path)
    {
        MountEntry? best = null;
        foreach (MountEntry mount in mounts)
        {
            if (Covers(mount.Mountpoint, path) && mount.Mountpoint.Length >= (best?.Mountpoint.Length ?? 0))
            {
                best = mount;
            }
        }

        return best;
    }

    internal static IReadOnlyList<MountEntry> Parse(IEnumerable<string> lines)
    {
        var mounts = new List<MountEntry>();
        foreach (string line in lines)
        {
            // id parent major:minor root mountpoint options [optional fields] - type source options
            string[] fields = line.Split(' ');
            int separator = Array.IndexOf(fields, "-", Math.Min(6, fields.Length));
            if (separator < 0 || separator + 2 >= fields.Length)
            {
                continue;
            }

            string superOptions = separator + 3 < fields.Length ? fields[separator + 3] : string.Empty;
            mounts.Add(new MountEntry(
                fields[2],
                Unescape(fields[3]),
                Unescape(fields[4]),
                fields[5],
                Unescape(fields[separator + 1]),
                Unescape(fields[separator + 2]),
                Unescape(superOptions)));
        }

        return mounts;
    }

    private static bool Covers(string mountpoint, string path) =>
        mountpoint == "/"
        || path == mountpoint
        || (path.StartsWith(mountpoint, StringComparison.Ordinal) && path[mountpoint.Length] == '/');

    // Space, tab, newline and backslash are written as three octal digits after a backslash.
    private static string Unescape(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
        {
            return field;
        }

        byte[] bytes = Encoding.UTF8.GetBytes(field);
        int length = 0;
        for (int index = 0; index < bytes.Length; index++)
        {
            bool escaped = bytes[index] == '\\' && index + 3 < bytes.Length
                && bytes.AsSpan(index + 1, 3).IndexOfAnyExceptInRange((byte)'0', (byte)'7') < 0;
            bytes[length++] = escaped
                ? (byte)(((bytes[index + 1] - '0') << 6) | ((bytes[index + 2] - '0') << 3) | (bytes[index + 3] - '0'))
                : bytes[index];
            index += escaped ? 3 : 0;
        }

        return Encoding.UTF8.GetString(bytes, 0, length);
    }
}
