using System.Globalization;
using BackupFs.Fuse.Interop;
using Microsoft.Win32.SafeHandles;

namespace BackupFs.Fuse.Mounting;

/// <summary>
/// A descriptor that somebody else opened and mounted, and passed on as /dev/fd/N (mount.fuse3 with drop_privileges).
/// </summary>
internal sealed class GivenMount : MountedDevice
{
    private const string Prefix = "/dev/fd/";

    private GivenMount(SafeFileHandle device, string mountpoint)
        : base(device, mountpoint)
    {
    }

    /// <summary>The mount when the text has that form, else null.</summary>
    internal static GivenMount? FromText(string mountpoint)
    {
        if (!mountpoint.StartsWith(Prefix, StringComparison.Ordinal)
            || !int.TryParse(mountpoint[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int descriptor))
        {
            return null;
        }

        var device = new SafeFileHandle(descriptor, ownsHandle: true);
        if (!FuseDevice.TrySetCloseOnExec(device))
        {
            device.SetHandleAsInvalid();
            throw MountError.Mountpoint(mountpoint, Errno.EBADF);
        }

        return new GivenMount(device, mountpoint);
    }

    internal override void Unmount(bool lazy) => throw new FuseMountException(
        FuseMountFailure.NotPermitted,
        Errno.None,
        "The mount was made by another program; unmount it where it was made (umount).");

    internal override bool TryAbort() => false;
}
