namespace BackupFs.Storage;

/// <summary>
/// A place where backups are kept. The first five members are Vitess's BackupStorage interface; the others are what a file
/// system needs besides. Thread-safe.
/// </summary>
/// <remarks>Directories and names are checked with <see cref="BackupPath"/>: <see cref="StorageErrorKind.InvalidName"/>.</remarks>
public interface IBackupStorage
{
    /// <summary>The registered name: <c>file</c>, <c>memory</c>, <c>s3</c>…</summary>
    string Scheme { get; }

    /// <summary>What this storage is, for people: a URL without secrets.</summary>
    string Location { get; }

    /// <summary>What it can do beyond the contract.</summary>
    StorageCapabilities Capabilities { get; }

    /// <summary>
    /// All ended backups in a directory (and foreign ones), read-only, ordered by name, ordinal, ascending. A missing
    /// directory is an empty list. Backups that are open or were never ended are not in it, but see <see cref="ListIncompleteAsync"/>.
    /// </summary>
    ValueTask<IReadOnlyList<IBackupHandle>> ListBackupsAsync(string directory, CancellationToken cancellationToken);

    /// <summary>
    /// The names of what <see cref="ListBackupsAsync"/> returns, in its order, for the price of a listing: nothing is looked into
    /// that does not have to be.
    /// </summary>
    async ValueTask<IReadOnlyList<string>> ListBackupNamesAsync(string directory, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        foreach (var handle in await ListBackupsAsync(directory, cancellationToken).ConfigureAwait(false))
        {
            names.Add(handle.Name);
            handle.Dispose();
        }

        return names;
    }

    /// <summary>
    /// Starts a backup and makes its name exclusive, across processes and hosts. Missing parent directories are made.
    /// </summary>
    /// <exception cref="StorageException">AlreadyExists if a backup of that name exists or is open or incomplete; InvalidName; or the storage's error.</exception>
    ValueTask<IBackupHandle> StartBackupAsync(string directory, string name, CancellationToken cancellationToken);

    /// <summary>
    /// Removes an ended or foreign backup: not listed afterwards, even if the process dies meanwhile. Removing what does
    /// not exist succeeds; removing <c>a</c> never touches <c>ab</c>. Busy while a live process has it open for writing.
    /// </summary>
    ValueTask RemoveBackupAsync(string directory, string name, CancellationToken cancellationToken);

    /// <summary>Frees connections and descriptors; the storage can be used again afterwards.</summary>
    ValueTask CloseAsync(CancellationToken cancellationToken);

    /// <summary>One ended, foreign or incomplete backup, read-only; null if there is none.</summary>
    ValueTask<IBackupHandle?> FindBackupAsync(string directory, string name, CancellationToken cancellationToken);

    /// <summary>
    /// Whether there is a manifest, ours or Vitess's, at <c>directory/name</c>: a cheap look that tells a backup from a directory of
    /// backups.
    /// </summary>
    async ValueTask<bool> HasManifestAsync(string directory, string name, CancellationToken cancellationToken)
    {
        using var found = await FindBackupAsync(directory, name, cancellationToken).ConfigureAwait(false);
        return found is not null
            && (found.State == BackupState.Complete
                || (await found.Tree.GetAttributesAsync(VitessNames.ManifestFileName, cancellationToken).ConfigureAwait(false)).IsOk);
    }

    /// <summary>
    /// Backups in a directory that were started and never ended and whose process is gone (or is on another host),
    /// read-only, state Incomplete, ordered by name. What a live process of this host has open is not in it.
    /// </summary>
    ValueTask<IReadOnlyList<IBackupHandle>> ListIncompleteAsync(string directory, CancellationToken cancellationToken);

    /// <summary>Opens an incomplete backup again, read-write. Files that were closed are kept.</summary>
    /// <exception cref="StorageException">NotFound; Busy while another process has it open.</exception>
    ValueTask<IBackupHandle> ResumeBackupAsync(string directory, string name, CancellationToken cancellationToken);

    /// <summary>
    /// The names of the directories directly under <paramref name="directory"/> (<c>""</c> = root), ordinal order: those
    /// that hold backups and those that are backups alike. A missing directory is an empty list.
    /// </summary>
    ValueTask<IReadOnlyList<string>> ListDirectoriesAsync(string directory, CancellationToken cancellationToken);

    /// <summary>Attributes of a directory above the backups (<c>""</c> = root); NotFound if it does not exist.</summary>
    ValueTask<StorageResult<EntryAttributes>> GetDirectoryAttributesAsync(string directory, CancellationToken cancellationToken);

    /// <summary>Changes a directory's attributes; <see cref="StorageErrorKind.Unsupported"/> without real directories.</summary>
    ValueTask<StorageResult<EntryAttributes>> SetDirectoryAttributesAsync(
        string directory, EntryChanges changes, CancellationToken cancellationToken);

    /// <summary>Makes a directory above the backups; its parent must exist. AlreadyExists, NotFound. Without real directories: Unsupported.</summary>
    ValueTask<StorageResult<EntryAttributes>> CreateDirectoryAsync(string directory, NewEntry entry, CancellationToken cancellationToken);

    /// <summary>Removes an empty directory above the backups: NotEmpty, NotFound.</summary>
    ValueTask<StorageResult<Done>> RemoveDirectoryAsync(string directory, CancellationToken cancellationToken);

    /// <summary>The room there is.</summary>
    ValueTask<StorageResult<StorageSpace>> GetSpaceAsync(CancellationToken cancellationToken);

    /// <summary>Finishes what a process that died left half done: deletions begun, ends that had become visible. Called at mount.</summary>
    ValueTask RecoverAsync(CancellationToken cancellationToken);
}
