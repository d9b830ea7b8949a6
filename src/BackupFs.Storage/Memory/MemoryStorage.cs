namespace BackupFs.Storage;

/// <summary>
/// A complete storage in memory: for tests, for trying out, and as the executable reference of the contract. Instances that
/// share a <see cref="MemoryStore"/> behave as processes on one storage.
/// </summary>
/// <param name="store">What is stored.</param>
/// <param name="host">The host name that manifests record.</param>
public sealed partial class MemoryStorage(MemoryStore store, string host = "memory") : IBackupStorage
{
    /// <summary>A storage of its own.</summary>
    public MemoryStorage()
        : this(new MemoryStore())
    {
    }

    /// <inheritdoc/>
    public string Scheme => "memory";

    /// <inheritdoc/>
    public string Location => "memory:";

    /// <inheritdoc/>
    public StorageCapabilities Capabilities { get; } = new(
        RandomWrites: true, Rename: true, LocalDescriptors: false, RealDirectories: store.RealDirectories, LocalSpeed: true);

    /// <summary>The contents.</summary>
    public MemoryStore Store { get; } = store;

    /// <summary>
    /// Makes the process of an open backup look dead: it is incomplete from now on, and every further call through
    /// <paramref name="handle"/> fails.
    /// </summary>
    public static void Crash(IBackupHandle handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        ((MemoryBackupHandle)handle).Crash();
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<IBackupHandle>> ListBackupsAsync(string directory, CancellationToken cancellationToken) =>
        new(List(directory, state => state is BackupState.Complete or BackupState.Foreign, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<IBackupHandle>> ListIncompleteAsync(string directory, CancellationToken cancellationToken) =>
        new(List(directory, state => state == BackupState.Incomplete, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IBackupHandle> StartBackupAsync(string directory, string name, CancellationToken cancellationToken)
    {
        BackupPath.RequireBackup(directory, name);
        cancellationToken.ThrowIfCancellationRequested();
        lock (Store.Gate)
        {
            if (Store.Backups.ContainsKey((directory, name)) || Store.Directories.ContainsKey(BackupPath.Join(directory, name)))
            {
                throw Exception(StorageErrorKind.AlreadyExists, directory, name, "exists already");
            }

            if (Store.BackupAround(directory) is not null)
            {
                throw Exception(StorageErrorKind.NotADirectory, directory, name, "would lie inside another backup");
            }

            Store.MakeDirectories(directory);
            var backup = new MemoryBackup
            {
                Directory = directory,
                Name = name,
                Root = Store.NewNode(EntryType.Directory, 0x1ED),
                StartTime = Store.Now,
            };
            Store.Backups.Add((directory, name), backup);
            return new(backup.Owner = new MemoryBackupHandle(Store, backup, isOwner: true, host));
        }
    }

    /// <inheritdoc/>
    public ValueTask RemoveBackupAsync(string directory, string name, CancellationToken cancellationToken)
    {
        BackupPath.RequireBackup(directory, name);
        cancellationToken.ThrowIfCancellationRequested();
        lock (Store.Gate)
        {
            if (Store.Backups.TryGetValue((directory, name), out var backup))
            {
                if (backup.State == BackupState.Open)
                {
                    throw Exception(StorageErrorKind.Busy, directory, name, "is open for writing");
                }

                Store.Backups.Remove((directory, name));
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IBackupHandle?> FindBackupAsync(string directory, string name, CancellationToken cancellationToken)
    {
        BackupPath.RequireBackup(directory, name);
        cancellationToken.ThrowIfCancellationRequested();
        lock (Store.Gate)
        {
            return new(Store.Backups.TryGetValue((directory, name), out var backup) && backup.State != BackupState.Open
                ? new MemoryBackupHandle(Store, backup, isOwner: false, host)
                : null);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IBackupHandle> ResumeBackupAsync(string directory, string name, CancellationToken cancellationToken)
    {
        BackupPath.RequireBackup(directory, name);
        cancellationToken.ThrowIfCancellationRequested();
        lock (Store.Gate)
        {
            if (!Store.Backups.TryGetValue((directory, name), out var backup) || backup.Manifest is not null || backup.IsForeign)
            {
                throw Exception(StorageErrorKind.NotFound, directory, name, "is not an unfinished backup");
            }

            if (backup.Owner is not null)
            {
                throw Exception(StorageErrorKind.Busy, directory, name, "is open in another process");
            }

            return new(backup.Owner = new MemoryBackupHandle(Store, backup, isOwner: true, host));
        }
    }

    /// <inheritdoc/>
    public ValueTask CloseAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask RecoverAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    private IReadOnlyList<IBackupHandle> List(string directory, Func<BackupState, bool> wanted, CancellationToken cancellationToken)
    {
        RequireDirectory(directory);
        cancellationToken.ThrowIfCancellationRequested();
        lock (Store.Gate)
        {
            return [.. Store.Backups.Values
                .Where(backup => backup.Directory == directory && wanted(backup.State))
                .OrderBy(backup => backup.Name, StringComparer.Ordinal)
                .Select(backup => new MemoryBackupHandle(Store, backup, isOwner: false, host))];
        }
    }

    private static StorageException Exception(StorageErrorKind kind, string directory, string name, string what) =>
        new(kind, $"the backup '{BackupPath.Printable(BackupPath.Join(directory, name))}' {what}");

    private static void RequireDirectory(string directory)
    {
        if (BackupPath.CheckDirectory(directory) is { } error)
        {
            throw error.ToException();
        }
    }
}
