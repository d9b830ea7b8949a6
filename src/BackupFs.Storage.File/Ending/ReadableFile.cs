using BackupFs.Storage.File.Interop;

namespace BackupFs.Storage.File.Ending;

/// <summary>Opens a file of a backup being ended for reading, also one whose mode denies its owner that.</summary>
internal static class ReadableFile
{
    private const int OwnerMayRead = 0x100;
    private const int PermissionMask = 0xFFF;

    /// <summary>The mode is as before when this returns.</summary>
    public static Errno Open(Descriptor root, string path, out Descriptor file)
    {
        // Reading leaves no trace in the access time, where we are allowed that: it is part of what is backed up.
        var errno = OpenCalls.OpenBeneath(root, path, OpenFlags.ReadOnly | OpenFlags.NonBlocking | OpenFlags.NoAccessTime, out file);
        if (errno == Errno.EPERM)
        {
            errno = OpenCalls.OpenBeneath(root, path, OpenFlags.ReadOnly | OpenFlags.NonBlocking, out file);
        }

        if (errno != Errno.EACCES)
        {
            return errno;
        }

        errno = OpenCalls.OpenBeneath(root, path, OpenFlags.PathOnly, out var handle);
        if (errno != Errno.Success)
        {
            return errno;
        }

        using (handle)
        {
            errno = AttributeCalls.Statx(handle, out var attributes);
            if (errno != Errno.Success)
            {
                return errno;
            }

            var mode = attributes.Mode & PermissionMask;
            errno = AttributeCalls.ChangeModeOfPath(handle, mode | OwnerMayRead);
            if (errno != Errno.Success)
            {
                return Errno.EACCES;
            }

            errno = OpenCalls.ReopenQuietly(handle, out file);
            var restored = AttributeCalls.ChangeModeOfPath(handle, mode);
            if (errno == Errno.Success && restored != Errno.Success)
            {
                file.Dispose();
                return restored;
            }

            return errno;
        }
    }
}
