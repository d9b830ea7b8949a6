using BackupFs.FileSystem;
using BackupFs.WinFsp;

namespace BackupFs.Mount.Windows;

/// <summary>A file system mounted through WinFsp.</summary>
internal sealed class WinFspMountSession : IMountSession
{
    private readonly WinFspSession _session;
    private readonly WinFspOperations _operations;
    private readonly VolumeCache _cache;

    public WinFspMountSession(WinFspSession session, WinFspOperations operations, BackupFileSystem fileSystem)
    {
        _session = session;
        _operations = operations;
        _cache = new VolumeCache(fileSystem, operations, session.Notifier);
        fileSystem.Listener = _cache;
        operations.MountPoint = session.MountPoint;
        operations.UnmountRequested = () => _ = session.UnmountAsync();
        Ended = EndAsync(fileSystem);
    }

    public Task Ended { get; }

    public async ValueTask UnmountAsync(bool lazy, CancellationToken cancellationToken)
    {
        if (!lazy && _operations.OpenFiles is > 0 and var count)
        {
            throw new MountException($"{count} files are open in the mount at '{_session.MountPoint}'; close the programs that use them, or unmount with --lazy");
        }

        if (lazy)
        {
            _operations.StopWaiting();
        }

        await _session.UnmountAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (!Ended.IsCompleted)
        {
            _operations.StopWaiting();
        }

        await _session.DisposeAsync().ConfigureAwait(false);
        await Ended.ConfigureAwait(false);
        _operations.Dispose();
    }

    private async Task EndAsync(BackupFileSystem fileSystem)
    {
        await _session.Ended.ConfigureAwait(false);
        fileSystem.Listener = null;
        await _cache.DisposeAsync().ConfigureAwait(false);

        // No Close comes for what was open when the mount ended.
        await _operations.CloseAllAsync().ConfigureAwait(false);
    }
}
