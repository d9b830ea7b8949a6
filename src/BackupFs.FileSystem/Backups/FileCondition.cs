using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>What an open backup knows of a file that is being written or that is torn. Guarded by the <see cref="OpenBackup"/>.</summary>
internal sealed class FileCondition(ulong fileId, string path)
{
    public ulong FileId { get; } = fileId;

    /// <summary>A path it has (or had last), for messages.</summary>
    public string Path { get; set; } = path;

    /// <summary>Whether it has a name: a file without one is not part of the backup, whatever happens to it.</summary>
    public bool HasName { get; set; } = true;

    /// <summary>Handles open for writing.</summary>
    public List<OpenFile> Writers { get; } = [];

    /// <summary>
    /// Goes up when the content is begun anew (created, truncated by open). What is learned later of a writer of an earlier
    /// generation no longer matters.
    /// </summary>
    public int Generation { get; set; }

    /// <summary>Why the content cannot be trusted; null if it can.</summary>
    public string? Torn { get; set; }

    /// <summary>The storage error that a write met; null if none did since the content was begun.</summary>
    public StorageError? Failure { get; set; }

    /// <summary>How many processes may still turn out to have torn it.</summary>
    public int Pending { get; set; }

    public bool IsForgettable => Writers.Count == 0 && (!HasName || (Torn is null && Failure is null && Pending == 0));
}
