using BackupFs.Storage.File.Interop;
using BackupFs.Storage.File.Staging;
using BackupFs.Storage.File.Trees;

namespace BackupFs.Storage.File;

/// <summary>A backup of a <see cref="FileStorage"/>: open (staged), or any other, for reading.</summary>
internal sealed partial class FileBackupHandle : IBackupHandle, ITreeManifest
{
    private readonly FileStorage _storage;
    private readonly TreeDescriptors _descriptors;
    private readonly FileTree _tree;
    private readonly StagedBackup? _staged;
    private readonly ErrorRecorder _errors;
    private readonly SemaphoreSlim _lifecycle = new(1);
    private volatile BackupManifest? _manifest;
    private volatile Phase _phase;

    /// <summary>A backup for reading, opened when it is needed.</summary>
    public FileBackupHandle(FileStorage storage, string directory, string name, BackupState state, Timestamp started, RootOpener opener)
    {
        (_storage, Directory, Name, State, StartTime) = (storage, directory, name, state, started);
        _descriptors = new TreeDescriptors(opener);
        _tree = new FileTree(_descriptors, null, this);
        _errors = new ErrorRecorder();
        _phase = Phase.Listed;
    }

    /// <summary>An open backup; takes ownership.</summary>
    public FileBackupHandle(FileStorage storage, StagedBackup staged, Descriptor data)
    {
        (_storage, _staged, Directory, Name) = (storage, staged, staged.Info.Directory, staged.Info.Name);
        (State, StartTime) = (BackupState.Open, staged.Info.Started);
        _descriptors = new TreeDescriptors(data);
        _tree = new FileTree(_descriptors, staged, this);
        _errors = staged.Errors;
        _phase = Phase.Open;
    }

    private enum Phase
    {
        /// <summary>For reading from the start.</summary>
        Listed,

        /// <summary>Files can be added.</summary>
        Open,

        /// <summary>Was open, and is complete.</summary>
        Ended,

        /// <summary>Was open, and is gone.</summary>
        Aborted,

        /// <summary>Was open, and waits to be resumed.</summary>
        Suspended,
    }

    /// <inheritdoc/>
    public string Directory { get; }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool IsReadWrite => _phase == Phase.Open;

    /// <inheritdoc/>
    public BackupState State { get; private set; }

    /// <inheritdoc/>
    public Timestamp StartTime { get; }

    /// <inheritdoc/>
    public IErrorRecorder Errors => _errors;

    /// <inheritdoc/>
    public IBackupTree Tree => _tree;

    /// <inheritdoc/>
    public IReadOnlyList<string> UnfinishedFiles
    {
        get
        {
            if (_staged is null || _phase != Phase.Open || _staged.Files.Unfinished is not { Count: > 0 } unfinished)
            {
                return [];
            }

            using var data = LeaseData();
            return [.. TreeWalk.Inspect(data.Descriptor, CancellationToken.None)
                .Where(entry => entry.Attributes.Type == EntryType.File && unfinished.Contains(entry.Attributes.FileId))
                .Select(entry => entry.Path)
                .Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>What is known of the open backup; null for one that was listed. For tests.</summary>
    internal StagedBackup? Staged => _staged;

    private string Path => BackupPath.Join(Directory, Name);

    /// <inheritdoc/>
    public async ValueTask MarkUnfinishedAsync(string path, bool unfinished, CancellationToken cancellationToken)
    {
        RequireReadWrite("MarkUnfinished");
        var attributes = (await _tree.GetAttributesAsync(path, cancellationToken).ConfigureAwait(false)).Value;
        StagingArea.Require(_staged!.Files.Mark(attributes.FileId, unfinished), "writing the journal");
    }

    /// <inheritdoc/>
    public async ValueTask<BackupManifest?> ReadManifestAsync(CancellationToken cancellationToken) =>
        _phase is Phase.Listed or Phase.Ended && State == BackupState.Complete
            ? await LoadManifestAsync(cancellationToken).ConfigureAwait(false)
            : null;

    /// <inheritdoc/>
    public async ValueTask<StorageResult<FileChecksums?>> FindChecksumsAsync(string path, CancellationToken cancellationToken)
    {
        if (State != BackupState.Complete)
        {
            return default(FileChecksums);
        }

        try
        {
            var loaded = await LoadManifestAsync(cancellationToken).ConfigureAwait(false);
            return loaded?.FindChecksums(path) is { } sums
                ? sums
                : new StorageError(
                    StorageErrorKind.Corrupt,
                    $"'{BackupPath.Printable(path)}' is not in the manifest of '{BackupPath.Printable(Path)}': it was put there by something else");
        }
        catch (StorageException exception)
        {
            return exception.Error;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_phase == Phase.Open)
        {
            // Nobody waits, but what is being written is let go of only when it is done.
            _ = SuspendAsync(CancellationToken.None).AsTask();
            return;
        }

        _descriptors.Close();
    }

    /// <summary>As the death of the process leaves it; for tests.</summary>
    internal async Task SimulateCrashAsync()
    {
        await _staged!.Gate.SealAsync(new StorageError(StorageErrorKind.Io, "the process of this handle is dead")).ConfigureAwait(false);
        _phase = Phase.Suspended;
        _descriptors.Close();
        _staged.Dispose();
    }

    private async ValueTask<BackupManifest?> LoadManifestAsync(CancellationToken cancellationToken) =>
        _manifest ??= await _storage.Manifests.ReadAsync(_descriptors, Path, cancellationToken).ConfigureAwait(false);

    private DirectoryLease LeaseData()
    {
        StagingArea.Require(_descriptors.OpenDirectory("", out var data), "opening the backup");
        return data;
    }

    private void RequireReadWrite(string operation)
    {
        if (_phase != Phase.Open)
        {
            throw ReadOnly(operation);
        }
    }

    private static StorageException ReadOnly(string operation) =>
        new(StorageErrorKind.NotPermitted, $"{operation} cannot be called on read-only backup");
}
