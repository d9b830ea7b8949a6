using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>An open file: what one open(2) made, shared by all duplicates of its descriptor.</summary>
public sealed class OpenFile
{
    private readonly Lock _lock = new();
    private readonly List<Task> _storing = [];

    internal OpenFile(EntryInode inode, IBackupFile file, IObservedProcess? opener)
    {
        Inode = inode;
        File = file;
        Opener = opener;
    }

    /// <summary>The file.</summary>
    public EntryInode Inode { get; }

    /// <summary>The storage's open file; the adapter may hand its descriptor to the kernel if <see cref="MayPassThrough"/>.</summary>
    public IBackupFile File { get; }

    /// <summary>Whether it was opened for writing.</summary>
    public bool IsWritable => File.Access != FileAccessMode.Read;

    /// <summary>Whether the kernel may move the bytes by itself now: room is plentiful, or the file is only read.</summary>
    public bool MayPassThrough { get; internal init; }

    /// <summary>Whether what the kernel cached of this file stays true.</summary>
    public bool MayKeepCache => Inode.Backup.IsImmutable;

    /// <summary>The process that opened it; null if that is not known.</summary>
    internal IObservedProcess? Opener { get; }

    /// <summary>The life of the backup it was opened in for writing; null for readers.</summary>
    internal OpenBackup? Life { get; init; }

    /// <summary>What the backup knows of the file while it is written; null for readers.</summary>
    internal FileCondition? Condition { get; set; }

    /// <summary>Set when a descriptor was closed: the end of the backup then waits a little for the release.</summary>
    internal volatile bool WasFlushed;

    /// <summary>Set when the log said why something cannot be done with this file.</summary>
    internal volatile bool WasToldUnsupported;

    /// <summary>The process whose death closed the latest descriptor; null if the latest close was an ordinary one.</summary>
    internal IObservedProcess? LastFlusherExiting { get; set; }

    /// <summary>
    /// Something that stores what was written began: the file stays open for it, even if its caller stops waiting. It handles
    /// its errors by itself.
    /// </summary>
    internal void Storing(Task work)
    {
        lock (_lock)
        {
            _storing.RemoveAll(other => other.IsCompleted);
            _storing.Add(work);
        }
    }

    /// <summary>Returns when nothing of that is left.</summary>
    internal Task StoringOverAsync()
    {
        lock (_lock)
        {
            return _storing.Count == 0 ? Task.CompletedTask : Task.WhenAll(_storing);
        }
    }

    /// <summary>The first error of a write through this handle: close must tell it.</summary>
    internal StorageError? WriteError { get; set; }
}
