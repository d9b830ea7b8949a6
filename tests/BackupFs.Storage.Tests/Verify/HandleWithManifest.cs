namespace BackupFs.Storage.Tests;

/// <summary>A handle that shows another manifest than its backup has, as if the backup had been changed since.</summary>
internal sealed class HandleWithManifest(IBackupHandle inner, BackupManifest manifest) : IBackupHandle
{
    public string Directory => inner.Directory;

    public string Name => inner.Name;

    public bool IsReadWrite => false;

    public BackupState State => BackupState.Complete;

    public Timestamp StartTime => inner.StartTime;

    public IErrorRecorder Errors => inner.Errors;

    public IBackupTree Tree => inner.Tree;

    public IReadOnlyList<string> UnfinishedFiles => [];

    public ValueTask<BackupManifest?> ReadManifestAsync(CancellationToken cancellationToken) => new(manifest);

    public ValueTask<Stream> ReadFileAsync(string filename, CancellationToken cancellationToken) => inner.ReadFileAsync(filename, cancellationToken);

    public ValueTask<Stream> AddFileAsync(string filename, long filesize, CancellationToken cancellationToken) => throw new InvalidOperationException();

    public ValueTask EndBackupAsync(BackupNotes notes, CancellationToken cancellationToken) => throw new InvalidOperationException();

    public ValueTask AbortBackupAsync(CancellationToken cancellationToken) => throw new InvalidOperationException();

    public ValueTask SuspendAsync(CancellationToken cancellationToken) => throw new InvalidOperationException();

    public ValueTask MarkUnfinishedAsync(string path, bool unfinished, CancellationToken cancellationToken) => throw new InvalidOperationException();

    public void Dispose() => inner.Dispose();
}
