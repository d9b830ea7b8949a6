namespace BackupFs.Storage;

/// <summary>
/// One backup, as Vitess's BackupHandle: read-write when it comes from <see cref="IBackupStorage.StartBackupAsync"/> or
/// <see cref="IBackupStorage.ResumeBackupAsync"/>, read-only when it was listed or found. Thread-safe.
/// </summary>
/// <remarks>
/// Dispose frees what the handle holds (descriptors are opened when first needed); files that were opened through it stay
/// valid. Disposing an open backup is <see cref="SuspendAsync"/> without waiting. Disposing twice is harmless.
/// </remarks>
public interface IBackupHandle : IDisposable
{
    /// <summary>The location of the backup, for example <c>commerce/-80</c>; <c>""</c> for the storage's root.</summary>
    string Directory { get; }

    /// <summary>The backup's name within its directory.</summary>
    string Name { get; }

    /// <summary>Whether files can be added; false after the end, the abort, and on listed handles.</summary>
    bool IsReadWrite { get; }

    /// <summary>What the storage knows; changes from Open to Complete at the end.</summary>
    BackupState State { get; }

    /// <summary>When the backup was started, as far as the storage knows.</summary>
    Timestamp StartTime { get; }

    /// <summary>Errors of files of this backup. The end is refused while there are any.</summary>
    IErrorRecorder Errors { get; }

    /// <summary>The files. The same object before and after the end: descriptors stay valid.</summary>
    IBackupTree Tree { get; }

    /// <summary>
    /// Opens a file to be added and returns a stream to write it, sequentially. Missing parent directories are made.
    /// Several files may be written at once. The file is stored when the stream's DisposeAsync returned; an error throws
    /// <see cref="StorageException"/> there, and is recorded in <see cref="Errors"/>. A file of that name is replaced and its
    /// errors are reset.
    /// </summary>
    /// <param name="filename">Path within the backup.</param>
    /// <param name="filesize">A hint in bytes, -1 = unknown. A wrong hint still stores the exact bytes.</param>
    /// <param name="cancellationToken">Valid until the stream is disposed: cancelling it fails the file.</param>
    /// <exception cref="StorageException">NotPermitted: "AddFile cannot be called on read-only backup"; InvalidName; or the storage's error.</exception>
    ValueTask<Stream> AddFileAsync(string filename, long filesize, CancellationToken cancellationToken);

    /// <summary>
    /// Ends the backup: waits for all files and checksums, verifies sizes, writes the manifest, makes everything durable
    /// and then visible under its name, as a whole. When it throws before the backup became visible, the backup is as
    /// it was and can be ended again.
    /// </summary>
    /// <exception cref="StorageException">NotPermitted: "EndBackup cannot be called on read-only backup"; the recorded errors as one; or the storage's error.</exception>
    ValueTask EndBackupAsync(BackupNotes notes, CancellationToken cancellationToken);

    /// <summary>Cancels what is in flight, waits for it, and removes everything. Aborting twice succeeds.</summary>
    /// <exception cref="StorageException">NotPermitted: "AbortBackup cannot be called on read-only backup"; or the storage's error.</exception>
    ValueTask AbortBackupAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Leaves an open backup as it is, for a later <see cref="IBackupStorage.ResumeBackupAsync"/>; nothing is lost. Does
    /// nothing on a read-only handle or after the end.
    /// </summary>
    ValueTask SuspendAsync(CancellationToken cancellationToken);

    /// <summary>Opens a file for reading, from its start; the bytes are verified where there is a manifest.</summary>
    /// <exception cref="StorageException">NotPermitted: "ReadFile cannot be called on read-write backup"; NotFound; or the storage's error.</exception>
    ValueTask<Stream> ReadFileAsync(string filename, CancellationToken cancellationToken);

    /// <summary>The manifest; null when the backup has none. Cached.</summary>
    /// <exception cref="StorageException">Corrupt when the manifest is damaged, with what to do.</exception>
    ValueTask<BackupManifest?> ReadManifestAsync(CancellationToken cancellationToken);

    /// <summary>
    /// What the storage holds that <see cref="Tree"/> does not show, because that comes from the manifest: objects that are missing,
    /// have another size, or do not belong to the backup. Nothing where the tree shows the storage itself.
    /// </summary>
    /// <exception cref="StorageException">The storage cannot be asked.</exception>
    ValueTask<IReadOnlyList<VerificationFinding>> CompareStoredAsync(BackupManifest manifest, CancellationToken cancellationToken) => new([]);

    /// <summary>
    /// Files of a resumed backup that were not closed when its process died, or marked by <see cref="MarkUnfinishedAsync"/>:
    /// their content cannot be trusted. Paths, ordinal order; a snapshot.
    /// </summary>
    IReadOnlyList<string> UnfinishedFiles { get; }

    /// <summary>
    /// Remembers, also across a crash of the daemon, that the content of a file cannot be trusted (or can again). A file that
    /// is created or truncated anew is trusted again without this call once it is closed.
    /// </summary>
    ValueTask MarkUnfinishedAsync(string path, bool unfinished, CancellationToken cancellationToken);
}
