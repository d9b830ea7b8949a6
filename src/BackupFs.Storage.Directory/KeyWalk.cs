using BackupFs.Storage.Objects;

namespace BackupFs.Storage.Directory;

/// <summary>Goes through the keys that begin with a prefix, in their order, one directory after another.</summary>
internal sealed class KeyWalk(ObjectPaths paths, ObjectListing listing, string? after)
{
    /// <summary>Objects and, where the listing sums them up, directories; the objects' information is null for the latter.</summary>
    internal IEnumerable<(string Name, ObjectInfo? Object)> Run()
    {
        var slash = listing.Prefix.LastIndexOf('/');
        var directory = slash < 0 ? "" : listing.Prefix[..slash];
        return (directory.Length == 0 && slash < 0) || (paths.Check(directory) is null && !paths.HasLink(directory))
            ? Run(directory, listing.Prefix[(slash + 1)..])
            : [];
    }

    /// <summary>The version of a file: its length and time, which is given to it when it is stored and never twice by one process.</summary>
    internal static ObjectInfo Info(string key, long length, DateTime written) =>
        new(key, length, FormattableString.Invariant($"{written.Ticks:x}-{length:x}"), Timestamp.From(new DateTimeOffset(written, TimeSpan.Zero)));

    private IEnumerable<(string Name, ObjectInfo? Object)> Run(string directory, string beginning)
    {
        foreach (var (entry, key) in Sorted(directory, beginning))
        {
            if (!entry.IsDirectory)
            {
                if (after is null || KeyOrder.Instance.Compare(key, after) > 0)
                {
                    yield return (key, Info(key, entry.Length, entry.Written));
                }
            }
            else if (after is not null && KeyOrder.Instance.Compare(key, after) <= 0
                && (listing.ByDirectory || !after.StartsWith(key, StringComparison.Ordinal)))
            {
                // All that is in it was on the pages before.
            }
            else if (!listing.ByDirectory)
            {
                foreach (var below in Run(key[..^1], ""))
                {
                    yield return below;
                }
            }
            else if (HasObject(key[..^1]))
            {
                yield return (key, null);
            }
        }
    }

    private List<(DirectoryEntry Entry, string Key)> Sorted(string directory, string beginning)
    {
        var before = directory.Length == 0 ? "" : directory + "/";
        var entries = DirectoryEntry.Read(paths.PathOf(directory))
            .Where(entry => entry.Name.StartsWith(beginning, StringComparison.Ordinal))
            .Select(entry => (Entry: entry, Key: before + entry.Name + (entry.IsDirectory ? "/" : "")))
            .ToList();
        entries.Sort((left, right) => KeyOrder.Instance.Compare(left.Key, right.Key));
        return entries;
    }

    private bool HasObject(string directory)
    {
        var entries = DirectoryEntry.Read(paths.PathOf(directory));
        return entries.Any(entry => !entry.IsDirectory) || entries.Any(entry => HasObject($"{directory}/{entry.Name}"));
    }
}
