namespace BackupFs.FileSystem;

/// <summary>
/// What becomes of backups while the storage is listing their directory: the listing is as of some moment in between, and
/// neither a backup that ended nor one that was removed meanwhile may be told wrongly. Thread-safe.
/// </summary>
internal sealed class ListingChanges
{
    private readonly Lock _lock = new();
    private readonly List<Listing> _listings = [];

    /// <summary>A listing of a directory begins; it has to be disposed of.</summary>
    public Listing Begin(string directory)
    {
        var listing = new Listing(this, directory);
        lock (_lock)
        {
            _listings.Add(listing);
        }

        return listing;
    }

    /// <summary>From now on a stored backup is there, or is not.</summary>
    public void Changed(string directory, string name, bool isThere)
    {
        lock (_lock)
        {
            foreach (var listing in _listings)
            {
                if (listing.Directory == directory)
                {
                    listing.Changes[name] = isThere;
                }
            }
        }
    }

    /// <summary>A listing under way.</summary>
    internal sealed class Listing(ListingChanges all, string directory) : IDisposable
    {
        internal string Directory { get; } = directory;

        internal Dictionary<string, bool> Changes { get; } = new(StringComparer.Ordinal);

        /// <summary>Puts the names right that the storage has told.</summary>
        public void Apply(ISet<string> names)
        {
            lock (all._lock)
            {
                foreach (var (name, isThere) in Changes)
                {
                    if (isThere)
                    {
                        names.Add(name);
                    }
                    else
                    {
                        names.Remove(name);
                    }
                }
            }
        }

        public void Dispose()
        {
            lock (all._lock)
            {
                all._listings.Remove(this);
            }
        }
    }
}
