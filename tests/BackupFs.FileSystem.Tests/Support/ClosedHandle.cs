namespace BackupFs.FileSystem.Tests.Support;

/// <summary>A handle of a backup that nothing is done with.</summary>
internal sealed class ClosedHandle : IBackupHandle
{
    public string Directory => "d";

    public string Name => "b";

    public bool IsReadWrite => false;

    public BackupState State { get; init; } = BackupState.Complete;

    public Timestamp StartTime => default;

    public IErrorRecorder Errors { get; } = new ErrorRecorder();

    public IBackupTree Tree { get; init; } = null!;

    public IReadOnlyList<string> UnfinishedFiles => [];

    public ValueTask<Stream> AddFileAsync(string filename, long filesize, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask EndBackupAsync(BackupNotes notes, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask AbortBackupAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask SuspendAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<Stream> ReadFileAsync(string filename, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<BackupManifest?> ReadManifestAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask MarkUnfinishedAsync(string path, bool unfinished, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public void Dispose()
    {
    }
}
