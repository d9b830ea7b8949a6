using BackupFs.Fuse.Interop;

namespace BackupFs.Fuse.Mounting;

/// <summary>Chooses the way of mounting.</summary>
internal static class Mounter
{
    private const uint DirectoryType = 0x4000; // S_IFDIR

    /// <summary>Mounts; blocks. Throws <see cref="FuseMountException"/>.</summary>
    internal static MountedDevice Mount(string mountpoint, FuseMountOptions options)
    {
        if (GivenMount.FromText(mountpoint) is GivenMount given)
        {
            return given;
        }

        string path = CheckMountpoint(mountpoint);
        return Account.IsRoot ? DirectMount.Mount(path, options) : HelperMount.Mount(path, options);
    }

    private static string CheckMountpoint(string mountpoint)
    {
        Errno error = MountCalls.Resolve(mountpoint, out string path);
        uint type = 0;
        if (error == Errno.None)
        {
            error = MountCalls.FileType(path, out type);
        }

        if (error == Errno.None && type != DirectoryType)
        {
            error = Errno.ENOTDIR;
        }

        return error == Errno.None ? path : throw MountError.Mountpoint(mountpoint, error);
    }
}
