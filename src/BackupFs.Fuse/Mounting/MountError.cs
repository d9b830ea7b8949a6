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
            "There is no usable /dev/fuse. Load the kernel module (modprobe fuse); in a container, pass the device in "
            + "(--device /dev/fuse)."),
        Errno.EACCES or Errno.EPERM => new FuseMountException(
            FuseMountFailure.NotPermitted,
            error,
            "/dev/fuse may not be opened. In a container, it needs the device and CAP_SYS_ADMIN "
            + "(--device /dev/fuse --cap-add SYS_ADMIN)."),
        _ => new FuseMountException(FuseMountFailure.Other, error, $"/dev/fuse cannot be opened: {error}."),
    };

    /// <summary>The mount point cannot be used.</summary>
    internal static FuseMountException Mountpoint(string path, Errno error) => error switch
    {
        Errno.ENOENT => new FuseMountException(
            FuseMountFailure.NoMountpoint, error, $"The mount point {path} does not exist. Create it: mkdir -p {path}"),
        Errno.ENOTDIR => new FuseMountException(
            FuseMountFailure.NotDirectory, error, $"The mount point {path} is not a directory."),
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

    /// <summary>fusermount3 is missing.</summary>
    internal static FuseMountException NoHelper() => new(
        FuseMountFailure.NoHelper,
        Errno.ENOENT,
        "fusermount3 is not installed, and without it only root can mount. Install it (Debian, Ubuntu: apt install fuse3; "
        + "Fedora: dnf install fuse3), or run as root.");

    /// <summary>fusermount3 failed; its own words tell why.</summary>
    internal static FuseMountException Helper(string path, string words)
    {
        string said = words.Trim();
        (FuseMountFailure failure, string advice) = said switch
        {
            _ when Has(said, "user_allow_other") => (
                FuseMountFailure.AllowOtherDisabled,
                " Add the line user_allow_other to /etc/fuse.conf, or mount without allow_other."),
            _ when Has(said, "modprobe") || Has(said, "device not found") => (
                FuseMountFailure.NoDevice, " Load the module: modprobe fuse"),
            _ when Has(said, "open /dev/fuse") => (
                FuseMountFailure.NotPermitted,
                " Users need access to the device: chmod 666 /dev/fuse (what udev does by default), or mount as root."),
            _ when Has(said, "not connected") => (
                FuseMountFailure.DeadMount, $" Remove the dead mount first: fusermount3 -u {path}"),
            _ when Has(said, "busy") => (FuseMountFailure.Busy, $" See who uses it: fuser -vm {path}"),
            _ when Has(said, "not found in") || Has(said, "not mounted") || Has(said, "Invalid argument") => (
                FuseMountFailure.NotMounted, string.Empty),
            _ when Has(said, "permi") || Has(said, "write access") => (
                FuseMountFailure.NotPermitted,
                $" The user needs write permission on {path}, and must own it in a sticky directory."),
            _ => (FuseMountFailure.Other, string.Empty),
        };
        return new FuseMountException(failure, Errno.None, $"fusermount3 failed for {path}: {said}.{advice}");
    }

    private static bool Has(string said, string part) => said.Contains(part, StringComparison.OrdinalIgnoreCase);

    /// <summary>umount2(2) failed.</summary>
    internal static FuseMountException Unmount(string path, Errno error) => error switch
    {
        Errno.EBUSY => new FuseMountException(
            FuseMountFailure.Busy, error, $"{path} is in use. See who uses it: fuser -vm {path}; or unmount lazily."),
        Errno.EINVAL or Errno.ENOENT => new FuseMountException(
            FuseMountFailure.NotMounted, error, $"Nothing is mounted at {path}."),
        Errno.EPERM => new FuseMountException(FuseMountFailure.NotPermitted, error, $"Unmounting {path} is not permitted."),
        _ => new FuseMountException(FuseMountFailure.Other, error, $"Unmounting {path} failed: {error}."),
    };
}
