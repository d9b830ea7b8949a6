using BackupFs.FileSystem;
using BackupFs.Mount;
using BackupFs.Storage;

namespace BackupFs.Cli.Mounting;

/// <summary>A storage, the file system over it, and its mount, taken down in the reverse order.</summary>
/// <param name="storage">Closed at the end.</param>
/// <param name="fileSystem">Disposed of at the end.</param>
/// <param name="session">Disposed of first.</param>
/// <param name="watching">What watches writers; disposed of at the end.</param>
/// <param name="mountPoint">For the description.</param>
internal sealed class RunningMount(
    IBackupStorage storage, BackupFileSystem fileSystem, IMountSession session, IDisposable? watching, string mountPoint) : IRunningMount
{
    /// <inheritdoc/>
    public string Description { get; } =
        $"storage {storage.Location} mounted on {BackupPath.Printable(mountPoint)}, dir levels {fileSystem.DirectoryLevels}"
        + (fileSystem.LevelsWereDetected ? " (auto)" : "");

    /// <inheritdoc/>
    public Task Ended => session.Ended;

    /// <inheritdoc/>
    public async Task<DrainOutcome> DrainAsync(CancellationToken cancellationToken)
    {
        var report = await fileSystem.DrainAsync(isFinal: true, cancellationToken).ConfigureAwait(false);
        return new DrainOutcome(report.Completed, [.. report.Incomplete.Select(backup => new UnendedBackup(backup.Path, "incomplete", backup.Reason))]);
    }

    /// <inheritdoc/>
    public ValueTask UnmountAsync(bool lazy, CancellationToken cancellationToken) => session.UnmountAsync(lazy, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await session.DisposeAsync().ConfigureAwait(false);
        await fileSystem.DisposeAsync().ConfigureAwait(false);
        watching?.Dispose();
        await storage.CloseAsync(CancellationToken.None).ConfigureAwait(false);
    }
}
