namespace BackupFs.Storage.File.Staging;

/// <summary>What a journal adds up to, when its backup is opened again.</summary>
internal sealed class JournalSummary
{
    private readonly Dictionary<ulong, Entry> _files = [];

    /// <summary>False when a record was damaged: then only what was marked by <see cref="Settle"/>'s caller can be trusted.</summary>
    public bool IsIntact { get; set; } = true;

    /// <summary>Adds the next record.</summary>
    public void Add(JournalEvent happened, ulong fileId)
    {
        _files.TryGetValue(fileId, out var file);
        _files[fileId] = happened switch
        {
            JournalEvent.Opened => file with { IsOpen = true, IsSynced = false },
            JournalEvent.OpenedAnew => new Entry(IsOpen: true, IsMarked: false, IsSynced: false),
            JournalEvent.Closed => file with { IsOpen = false },
            JournalEvent.Marked => file with { IsMarked = true },
            JournalEvent.Trusted => file with { IsOpen = false, IsMarked = false },
            JournalEvent.Synced => file with { IsSynced = true },
        };
    }

    /// <summary>
    /// The state every file of the backup has now. <paramref name="lostWrites"/>: the machine went down, so what was not synced
    /// after its last close cannot be trusted either.
    /// </summary>
    public List<FileState> Settle(IEnumerable<ulong> files, bool lostWrites)
    {
        var states = new List<FileState>();
        foreach (var fileId in files)
        {
            _files.TryGetValue(fileId, out var known);
            states.Add(new FileState(fileId)
            {
                IsUnfinished = known.IsOpen || known.IsMarked || !IsIntact || (lostWrites && !known.IsSynced),
                IsSynced = known.IsSynced,
            });
        }

        return states;
    }

    private readonly record struct Entry(bool IsOpen, bool IsMarked, bool IsSynced);
}
