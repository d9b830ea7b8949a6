using BackupFs.Fuse;
using BackupFs.Mount;

namespace BackupFs.Cli.Mounting;

/// <summary>Leaves terminal and session by setsid(2) and dup2(2).</summary>
internal sealed class LinuxBackgroundProcess : IBackgroundProcess
{
    /// <inheritdoc/>
    public void LeaveSession()
    {
        // EPERM: the process leads a group of its own already, which is what is wanted.
        var error = Daemon.StartSession();
        if (error is not (Errno.None or Errno.EPERM))
        {
            throw new MountException($"cannot start a session in the background: {error}");
        }
    }

    /// <inheritdoc/>
    public void LeaveStandardStreams()
    {
        Environment.CurrentDirectory = "/";
        var error = Daemon.RedirectStandardStreams();
        if (error != Errno.None)
        {
            throw new MountException($"cannot give up the standard streams: {error}");
        }
    }
}
