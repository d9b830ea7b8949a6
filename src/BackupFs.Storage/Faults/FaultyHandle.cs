namespace BackupFs.Storage;

/// <summary>A handle of a <see cref="FaultyStorage"/>.</summary>
internal sealed class FaultyHandle(IBackupHandle inner, FaultPlan plan) : IBackupHandle
{
    private readonly string _path = BackupPath.Join(inner.Directory, inner.Name);

    public string Directory => inner.Directory;

    public string Name => inner.Name;

    public bool IsReadWrite => inner.IsReadWrite;

    public BackupState State => inner.State;

    public Timestamp StartTime => inner.StartTime;

    public IErrorRecorder Errors => inner.Errors;

    public IBackupTree Tree { get; } = new FaultyTree(inner.Tree, plan);

    public IReadOnlyList<string> UnfinishedFiles => inner.UnfinishedFiles;

    internal IBackupHandle Inner => inner;

    public ValueTask<Stream> AddFileAsync(string filename, long filesize, CancellationToken cancellationToken) => plan.ThrowAsync<Stream>(
        "Handle.AddFile",
        filename,
        async () => new FaultyStream(await inner.AddFileAsync(filename, filesize, cancellationToken).ConfigureAwait(false), filename, plan, inner.Errors),
        cancellationToken);

    public ValueTask EndBackupAsync(BackupNotes notes, CancellationToken cancellationToken) =>
        plan.ThrowAsync("Handle.EndBackup", _path, () => inner.EndBackupAsync(notes, cancellationToken), cancellationToken);

    public ValueTask AbortBackupAsync(CancellationToken cancellationToken) =>
        plan.ThrowAsync("Handle.AbortBackup", _path, () => inner.AbortBackupAsync(cancellationToken), cancellationToken);

    public ValueTask SuspendAsync(CancellationToken cancellationToken) =>
        plan.ThrowAsync("Handle.Suspend", _path, () => inner.SuspendAsync(cancellationToken), cancellationToken);

    public ValueTask<Stream> ReadFileAsync(string filename, CancellationToken cancellationToken) => plan.ThrowAsync<Stream>(
        "Handle.ReadFile",
        filename,
        async () => new FaultyStream(await inner.ReadFileAsync(filename, cancellationToken).ConfigureAwait(false), filename, plan, errors: null),
        cancellationToken);

    public ValueTask<BackupManifest?> ReadManifestAsync(CancellationToken cancellationToken) =>
        plan.ThrowAsync("Handle.ReadManifest", _path, () => inner.ReadManifestAsync(cancellationToken), cancellationToken);

    public ValueTask MarkUnfinishedAsync(string path, bool unfinished, CancellationToken cancellationToken) =>
        plan.ThrowAsync(
            "Handle.MarkUnfinished",
            path,
            () => inner.MarkUnfinishedAsync(path, unfinished, cancellationToken),
            cancellationToken);

    public void Dispose() => inner.Dispose();
}
