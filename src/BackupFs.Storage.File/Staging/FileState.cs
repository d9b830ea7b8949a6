using BackupFs.Storage.File.Checksums;
using BackupFs.Storage.File.Interop;

namespace BackupFs.Storage.File.Staging;

/// <summary>What is known of one file (inode) of an open backup. Guarded by the lock of its <see cref="FileTable"/>.</summary>
internal sealed class FileState(ulong fileId)
{
    /// <summary>The inode.</summary>
    public ulong FileId { get; } = fileId;

    /// <summary>Descriptors open for writing, one a writer.</summary>
    public List<Descriptor> Writers { get; } = [];

    /// <summary>Its content cannot be trusted.</summary>
    public bool IsUnfinished { get; set; }

    /// <summary>The journal says, or may soon say, that it survives a crash.</summary>
    public bool IsSynced { get; set; }

    /// <summary>ctime after which nothing changed that an fsync did not cover; null without such an fsync.</summary>
    public Timestamp? SyncedChangeTime { get; set; }

    /// <summary>The checksums of the content as it is; null while unknown.</summary>
    public FileChecksums? Checksums { get; set; }

    /// <summary>The job that computes them, or follows the writers.</summary>
    public ChecksumJob? Job { get; set; }

    /// <summary>Whether <see cref="Job"/> works on the final content (no writer is left).</summary>
    public bool IsFinishing { get; set; }
}
