using System.Globalization;
using BackupFs.Storage.Objects;

namespace BackupFs.Storage.Directory;

/// <summary>
/// Cuts walks into pages. A walk that goes on a moment later is kept, since beginning it anew reads and orders whole directories
/// again; one that nobody goes on with is forgotten. Thread-safe.
/// </summary>
internal sealed class ListingPages(ObjectPaths paths, TimeProvider time)
{
    private const int Kept = 16;
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(10);
    private readonly Lock _gate = new();
    private readonly Dictionary<long, (IEnumerator<(string Name, ObjectInfo? Object)> Walk, ObjectListing Listing, long Since)> _walks = [];
    private long _last;

    /// <summary>The next page.</summary>
    internal ObjectPage Read(ObjectListing listing, CancellationToken cancellationToken)
    {
        var objects = new List<ObjectInfo>();
        var directories = new List<string>();
        var walk = TakeKept(listing, out var hasNext);
        walk ??= new KeyWalk(paths, listing, KeyOf(listing.Continuation)).Run().GetEnumerator();
        var last = "";
        while (hasNext || walk.MoveNext())
        {
            hasNext = false;
            cancellationToken.ThrowIfCancellationRequested();
            var (name, found) = walk.Current;
            if (objects.Count + directories.Count == listing.Maximum)
            {
                return new ObjectPage(objects, directories, Keep(walk, listing, last));
            }

            if (found is null)
            {
                directories.Add(name);
            }
            else
            {
                objects.Add(found);
            }

            last = name;
        }

        walk.Dispose();
        return new ObjectPage(objects, directories, null);
    }

    // A continuation is the number of the walk, and the last name for the case that it is not kept any more.
    private static string? KeyOf(string? continuation) => continuation?[(continuation.IndexOf(' ', StringComparison.Ordinal) + 1)..];

    private string Keep(IEnumerator<(string Name, ObjectInfo? Object)> walk, ObjectListing listing, string last)
    {
        lock (_gate)
        {
            _walks[++_last] = (walk, listing, time.GetTimestamp());
            if (_walks.Count > Kept)
            {
                _walks.Remove(_walks.Keys.Min());
            }

            return string.Create(CultureInfo.InvariantCulture, $"{_last} {last}");
        }
    }

    /// <summary>The walk that a continuation belongs to; it stands on the first name of the page.</summary>
    private IEnumerator<(string Name, ObjectInfo? Object)>? TakeKept(ObjectListing listing, out bool hasNext)
    {
        hasNext = false;
        if (listing.Continuation is not { } continuation
            || !long.TryParse(continuation.AsSpan(0, Math.Max(0, continuation.IndexOf(' ', StringComparison.Ordinal))), CultureInfo.InvariantCulture, out var number))
        {
            return null;
        }

        lock (_gate)
        {
            if (!_walks.Remove(number, out var kept)
                || kept.Listing.Prefix != listing.Prefix
                || kept.Listing.ByDirectory != listing.ByDirectory
                || time.GetElapsedTime(kept.Since) > Age)
            {
                return null;
            }

            hasNext = true;
            return kept.Walk;
        }
    }
}
