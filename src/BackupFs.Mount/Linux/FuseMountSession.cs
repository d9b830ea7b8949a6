using BackupFs.FileSystem;
using BackupFs.Fuse;

namespace BackupFs.Mount.Linux;

/// <summary>A file system mounted through FUSE.</summary>
internal sealed class FuseMountSession : IMountSession
{
    private readonly FuseSession _session;

    public FuseMountSession(FuseSession session, FuseOperations operations, BackupFileSystem fileSystem)
    {
        _session = session;
        Ended = EndAsync(session, operations, fileSystem);
    }

    public Task Ended { get; }

    public async ValueTask UnmountAsync(bool lazy, CancellationToken cancellationToken)
    {
        try
        {
            await _session.UnmountAsync(lazy).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (FuseMountException error)
        {
            throw new MountException(error.Message, error);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _session.DisposeAsync().ConfigureAwait(false);
        await Ended.ConfigureAwait(false);
    }

    private static async Task EndAsync(FuseSession session, FuseOperations operations, BackupFileSystem fileSystem)
    {
        await session.Ended.ConfigureAwait(false);
        fileSystem.Listener = null;

        // The kernel sends no releases for what was open when the connection ended.
        await operations.CloseAllAsync().ConfigureAwait(false);
    }
}
