namespace BackupFs.WinFsp.Serving;

/// <summary>What to do when WinFsp refuses a mount.</summary>
internal static class MountErrors
{
    /// <summary>Throws <see cref="WinFspMountException"/> unless the status is a success.</summary>
    internal static void Check(NtStatus status, string? mountPoint)
    {
        if (status.IsSuccess())
        {
            return;
        }

        string name = mountPoint ?? "a free drive letter";
        throw status switch
        {
            NtStatus.ObjectNameCollision => new WinFspMountException(
                WinFspMountFailure.MountPointInUse,
                status,
                $"Cannot mount at {name}: the drive letter is in use or the directory exists. Choose another drive letter, or a directory that does not exist yet."),
            NtStatus.ObjectNameInvalid or NtStatus.ObjectPathNotFound or NtStatus.ObjectNameNotFound => new WinFspMountException(
                WinFspMountFailure.InvalidMountPoint,
                status,
                $"Cannot mount at {name}: it must be a drive letter with a colon, or a directory that does not exist, inside one that does."),
            NtStatus.NoSuchDevice or NtStatus.DeviceNotReady => new WinFspMountException(
                WinFspMountFailure.NoDriver,
                status,
                "The driver of WinFsp does not run. Install WinFsp again from https://winfsp.dev, or restart Windows if it was just installed."),
            NtStatus.AccessDenied => new WinFspMountException(
                WinFspMountFailure.NotPermitted,
                status,
                $"Windows does not permit this user to mount at {name}. Choose a place that the user may write, or mount as an administrator."),
            _ => new WinFspMountException(
                WinFspMountFailure.Other, status, $"Cannot mount at {name}: WinFsp answered status 0x{(uint)status:X8}."),
        };
    }
}
