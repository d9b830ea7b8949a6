namespace BackupFs.Storage.Objects;

/// <summary>A backup that is only read here. Loaded when it is first looked into. Thread-safe.</summary>
internal sealed class StoredBackupHandle : IBackupHandle
{
    private readonly ObjectStorage _storage;
    private readonly LazyTree _tree;
    private BackupManifest? _manifest;
    private StorageError? _damage;
    private BackupState _state;

    internal StoredBackupHandle(ObjectStorage storage, string directory, string name, BackupState state, Timestamp started)
    {
        (_storage, Directory, Name, _state, StartTime) = (storage, directory, name, state, started);
        _tree = new LazyTree(LoadAsync);
    }

    public string Directory { get; }

    public string Name { get; }

    public bool IsReadWrite => false;

    public BackupState State => _state;

    public Timestamp StartTime { get; private set; }

    public IErrorRecorder Errors { get; } = new ErrorRecorder();

    public IBackupTree Tree => _tree;

    public IReadOnlyList<string> UnfinishedFiles => [];

    /// <summary>The manifest was read with the state.</summary>
    internal void Set(LoadedManifest loaded)
    {
        (_manifest, _state, StartTime) = (loaded.Manifest, BackupState.Complete, loaded.Manifest.Started);
        _tree.Set(loaded.Tree);
    }

    /// <summary>There is a manifest, but it is damaged: everything but this handle's names fails.</summary>
    internal void Set(StorageError damage) => (_damage, _state) = (damage, BackupState.Complete);

    public ValueTask<Stream> AddFileAsync(string filename, long filesize, CancellationToken cancellationToken) => throw ReadOnly("AddFile");

    public ValueTask EndBackupAsync(BackupNotes notes, CancellationToken cancellationToken) => throw ReadOnly("EndBackup");

    public ValueTask AbortBackupAsync(CancellationToken cancellationToken) => throw ReadOnly("AbortBackup");

    public ValueTask SuspendAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<Stream> ReadFileAsync(string filename, CancellationToken cancellationToken) =>
        ReadStreams.OpenAsync(_tree, filename, cancellationToken);

    public async ValueTask<BackupManifest?> ReadManifestAsync(CancellationToken cancellationToken)
    {
        if (_manifest is null && _state == BackupState.Complete)
        {
            var loaded = await _tree.LoadAsync(cancellationToken).ConfigureAwait(false);
            if (!loaded.IsOk)
            {
                throw loaded.Error.ToException();
            }
        }

        return _manifest;
    }

    public async ValueTask<IReadOnlyList<VerificationFinding>> CompareStoredAsync(BackupManifest manifest, CancellationToken cancellationToken)
    {
        var objects = await _storage.ListObjectsAsync(Directory, Name, cancellationToken).ConfigureAwait(false);
        if (!objects.IsOk)
        {
            throw objects.Error.ToException();
        }

        var there = objects.Value;
        var findings = new List<VerificationFinding>();
        foreach (var entry in manifest.Files())
        {
            if (!there.Remove(entry.Path, out var size))
            {
                findings.Add(new VerificationFinding(entry.Path, FindingKind.Missing, "it is in the manifest, but its object is not there"));
            }
            else if (size != entry.Size)
            {
                findings.Add(new VerificationFinding(entry.Path, FindingKind.Size, $"its object has {size} bytes; {entry.Size} were stored"));
            }
        }

        there.Remove(BackupManifest.FileName);
        findings.AddRange(there.Keys.Order(StringComparer.Ordinal)
            .Select(path => new VerificationFinding(path, FindingKind.Extra, "it is not in the manifest: something else put it there")));
        return findings;
    }

    public ValueTask MarkUnfinishedAsync(string path, bool unfinished, CancellationToken cancellationToken) =>
        throw StorageError.ReadOnly.ToException();

    public void Dispose() => _tree.Dispose();

    private async ValueTask<StorageResult<StoredTree>> LoadAsync(CancellationToken cancellationToken)
    {
        if (_damage is not null)
        {
            return _damage;
        }

        if (_state == BackupState.Complete)
        {
            var manifest = await _storage.ReadManifestAsync(Directory, Name, cancellationToken).ConfigureAwait(false);
            if (!manifest.IsOk && manifest.Error.Kind != StorageErrorKind.NotFound)
            {
                return manifest.Error;
            }

            if (manifest.IsOk)
            {
                (_manifest, StartTime) = (manifest.Value.Manifest, manifest.Value.Manifest.Started);
                return manifest.Value.Tree;
            }
        }

        var tree = await _storage.ListTreeAsync(Directory, Name, _state == BackupState.Incomplete, cancellationToken).ConfigureAwait(false);
        if (tree.IsOk && _state == BackupState.Complete)
        {
            // Listed as ended, and without a manifest of ours.
            _state = BackupState.Foreign;
        }

        return tree;
    }

    private static StorageException ReadOnly(string member) => new(StorageErrorKind.NotPermitted, $"{member} cannot be called on read-only backup");
}
