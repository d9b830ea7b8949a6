using BackupFs.WinFsp.Layout;

namespace BackupFs.WinFsp.Serving;

/// <summary>
/// What a directory contained at some moment, in a fixed order. The driver reads it piece by piece and says after which name to go
/// on; that name need not be there any more. Immutable.
/// </summary>
internal sealed class DirectorySnapshot
{
    private readonly WinFspDirectoryEntry[] _entries;

    /// <summary>Takes the array over.</summary>
    internal DirectorySnapshot(WinFspDirectoryEntry[] entries)
    {
        _entries = entries;
        foreach (WinFspDirectoryEntry entry in _entries)
        {
            CheckName(entry.Name);
        }

        Array.Sort(_entries, static (left, right) => Compare(left.Name, right.Name));
    }

    /// <summary>Refuses names that do not fit an entry.</summary>
    internal static void CheckName(string name)
    {
        if (name.Length is 0 or > WinFspDirectoryEntry.LongestName)
        {
            throw new InvalidOperationException($"A name of {name.Length} characters cannot be listed: \"{name}\"");
        }
    }

    /// <summary>Writes the entries after a name, or all, as many as there is room for; answers how many bytes that took.</summary>
    internal int Write(string? after, Span<byte> buffer)
    {
        var list = new InfoList(buffer);
        for (int index = after is null ? 0 : FirstAfter(after); index < _entries.Length; index++)
        {
            ref readonly WinFspDirectoryEntry entry = ref _entries[index];
            if (!list.TryTake(DirectoryInfoEntry.SizeOf(entry.Name), out Span<byte> room))
            {
                return list.Length;
            }

            DirectoryInfoEntry.Write(entry, room);
        }

        list.End();
        return list.Length;
    }

    private int FirstAfter(string name)
    {
        int low = 0;
        int high = _entries.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (Compare(_entries[middle].Name, name) <= 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    // "." and ".." come first: programs of old skip the first two entries.
    private static int Compare(string left, string right)
    {
        int rank = Rank(left).CompareTo(Rank(right));
        return rank != 0 ? rank : string.CompareOrdinal(left, right);
    }

    private static int Rank(string name) => name switch { "." => 0, ".." => 1, _ => 2 };
}
