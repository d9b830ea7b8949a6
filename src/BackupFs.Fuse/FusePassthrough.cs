using System.Runtime.InteropServices;
using BackupFs.Fuse.Interop;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace BackupFs.Fuse;

/// <summary>
/// Registers files of this machine that the kernel then reads and writes in place of the file system. Thread-safe.
/// </summary>
/// <remarks>
/// Needs <see cref="FuseFeatures.Passthrough"/> in <see cref="FuseMountOptions.Features"/> and a mount by root
/// (CAP_SYS_ADMIN). While a file is open with passthrough, every further open of the same node must be so too, with
/// the same <see cref="BackingFile"/>; otherwise the user's open fails with EIO. Never together with
/// <see cref="OpenReplyFlags.KeepCache"/>. Only reads, writes and mappings go to the backing file.
/// </remarks>
public sealed class FusePassthrough
{
    private readonly SafeFileHandle _device;
    private readonly ILogger _log;
    private volatile bool _supported;

    internal FusePassthrough(SafeFileHandle device, ILogger log)
    {
        _device = device;
        _log = log;
    }

    /// <summary>Whether it was agreed on and nothing has shown since that it does not work.</summary>
    public bool Supported => _supported;

    /// <summary>
    /// Registers an open regular file; the kernel keeps a reference of its own. Null with the error when it cannot be:
    /// serve the file by READ and WRITE then. ELOOP: the file is on a stacked file system; EINVAL: it is not a regular file.
    /// After EPERM, EOPNOTSUPP, ENOTTY or ENOSYS nothing is tried any more.
    /// </summary>
    public BackingFile? Register(SafeHandle file, out Errno error)
    {
        if (!_supported)
        {
            error = Errno.EOPNOTSUPP;
            return null;
        }

        int id;
        try
        {
            id = FuseDevice.OpenBacking(_device, file, out error);
        }
        catch (ObjectDisposedException)
        {
            error = Errno.ENODEV;
            return null;
        }

        if (id > 0)
        {
            return new BackingFile(this, id);
        }

        if (error is Errno.EPERM or Errno.EOPNOTSUPP or Errno.ENOTTY or Errno.ENOSYS)
        {
            _supported = false;
            _log.PassthroughUnavailable(error);
        }

        return null;
    }

    /// <summary>The kernel agreed to it.</summary>
    internal void Enable() => _supported = true;

    internal void Close(int id)
    {
        try
        {
            FuseDevice.CloseBacking(_device, id);
        }
        catch (ObjectDisposedException)
        {
            // The session is over, and the registration with it.
        }
    }
}
