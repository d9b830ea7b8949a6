using BackupFs.Fuse.Interop;
using Microsoft.Win32.SafeHandles;

namespace BackupFs.Fuse.Mounting;

/// <summary>Mounting by mount(2): as root, without any package.</summary>
internal sealed class DirectMount : MountedDevice
{
    private DirectMount(SafeFileHandle device, string mountpoint)
        : base(device, mountpoint)
    {
    }

    internal static DirectMount Mount(string mountpoint, FuseMountOptions options)
    {
        if (!FuseDevice.TryOpen(out SafeFileHandle? device, out Errno error))
        {
            throw MountError.Device(error);
        }

        nuint flags = MountCalls.NoSuid | MountCalls.NoDev
            | (options.ReadOnly ? MountCalls.ReadOnly : 0)
            | (options.NoAtime ? MountCalls.NoAtime : 0)
            | (options.NoExec ? MountCalls.NoExec : 0);
        int descriptor = (int)device.DangerousGetHandle(); // the handle is alive: it is only disposed below
        string data = MountOptionText.ForKernel(descriptor, Account.UserId, Account.GroupId, options);
        error = MountCalls.Mount(options.Name, mountpoint, $"fuse.{options.Subtype}", flags, data);
        if (error != Errno.None)
        {
            device.Dispose();
            throw MountError.Mount(mountpoint, error);
        }

        return new DirectMount(device, mountpoint);
    }

    internal override void Unmount(bool lazy) => Unmount(Mountpoint, lazy);

    internal static void Unmount(string mountpoint, bool lazy)
    {
        Errno error = MountCalls.Unmount(mountpoint, MountCalls.UnmountNoFollow | (lazy ? MountCalls.UnmountDetach : 0));
        if (error != Errno.None)
        {
            throw MountError.Unmount(mountpoint, error);
        }
    }

    internal override bool TryAbort()
    {
        // A forced unmount aborts the connection even when it then fails because the mount is in use.
        Errno error = MountCalls.Unmount(Mountpoint, MountCalls.UnmountNoFollow | MountCalls.UnmountForce);
        if (error == Errno.EBUSY)
        {
            error = MountCalls.Unmount(Mountpoint, MountCalls.UnmountNoFollow | MountCalls.UnmountDetach);
        }

        return error == Errno.None;
    }
}
