namespace BackupFs.Fuse.Mounting;

/// <summary>From system errors to failures that say what to do.</summary>
internal static class MountError
{
    /// <summary>/dev/fuse cannot be opened.</summary>
    internal static FuseMountException Device(Errno error) => error switch
    {
        Errno.ENOENT or Errno.ENODEV or Errno.ENXIO => new FuseMountException(
            FuseMountFailure.NoDevice,
            error,
            "There is no usable /dev/fuse. Load the kernel module (modprobe fuse); in a container, pass the device in (--device /dev/fuse)."),
        Errno.EACCES or Errno.EPERM => new FuseMountException(
            FuseMountFailure.NotPermitted,
            error,
            "/dev/fuse may not be opened. In a container, it needs the device and CAP_SYS_ADMIN (--device /dev/fuse --cap-add SYS_ADMIN)."),
        _ => new FuseMountException(FuseMountFailure.Other, error, $"/dev/fuse cannot be opened: {error}."),
    };

    /// <summary>The mount point cannot be used.</summary>
    internal static FuseMountException Mountpoint(string path, Errno error) => error switch
    {
        Errno.ENOENT => new FuseMountException(
            FuseMountFailure.NoMountpoint, error, $"The mount point {path} does not exist. Create it: mkdir -p {path}"),
        Errno.ENOTDIR => new FuseMountException(FuseMountFailure.NotDirectory, error, $"The mount point {path} is not a directory."),
        Errno.ENOTCONN or Errno.ECONNABORTED => new FuseMountException(
            FuseMountFailure.DeadMount,
            error,
            $"On {path} there is a mount whose file system has ended (\"Transport endpoint is not connected\"). "
            + $"Remove it first: umount {path}, or fusermount3 -u {path}"),
        Errno.EACCES or Errno.EPERM => new FuseMountException(
            FuseMountFailure.NotPermitted, error, $"There is no permission to use the mount point {path}."),
        _ => new FuseMountException(FuseMountFailure.Other, error, $"The mount point {path} cannot be used: {error}."),
    };

    /// <summary>mount(2) failed.</summary>
    internal static FuseMountException Mount(string path, Errno error) => error switch
    {
        Errno.EPERM or Errno.EACCES => new FuseMountException(
            FuseMountFailure.NotPermitted,
            error,
            $"Mounting at {path} is not permitted. Root in a container needs CAP_SYS_ADMIN (--cap-add SYS_ADMIN), and possibly "
            + "--security-opt apparmor=unconfined."),
        Errno.ENODEV => new FuseMountException(
            FuseMountFailure.NoDevice, error, "The kernel has no FUSE. Load the module: modprobe fuse"),
        Errno.ENOENT or Errno.ENOTDIR or Errno.ENOTCONN => Mountpoint(path, error),
        _ => new FuseMountException(FuseMountFailure.Other, error, $"Mounting at {path} failed: {error}."),
    };

    /// <summary>umount2(2) failed.</summary>
    internal static FuseMountException Unmount(string path, Errno error) => error switch
    {
        Errno.EBUSY => new FuseMountException(
            FuseMountFailure.Busy, error, $"{path} is in use. See who uses it: fuser -vm {path}; or unmount lazily."),
        Errno.EINVAL or Errno.ENOENT => new FuseMountException(FuseMountFailure.NotMounted, error, $"Nothing is mounted at {path}."),
        Errno.EPERM => new FuseMountException(FuseMountFailure.NotPermitted, error, $"Unmounting {path} is not permitted."),
        _ => new FuseMountException(FuseMountFailure.Other, error, $"Unmounting {path} failed: {error}."),
    };
}
