namespace BackupFs.Storage.File.Staging;

/// <summary>What the journal of an open backup remembers of a file. The numbers are the format.</summary>
internal enum JournalEvent : byte
{
    /// <summary>Opened for writing, its earlier content kept.</summary>
    Opened = 1,

    /// <summary>Created, or opened for writing and emptied: what was known of the content is void.</summary>
    OpenedAnew = 2,

    /// <summary>Its last writer closed it.</summary>
    Closed = 3,

    /// <summary>Its content cannot be trusted.</summary>
    Marked = 4,

    /// <summary>Its content can be trusted again.</summary>
    Trusted = 5,

    /// <summary>Its content survives a crash of the machine.</summary>
    Synced = 6,
}
