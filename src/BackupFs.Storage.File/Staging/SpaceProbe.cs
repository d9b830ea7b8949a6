using BackupFs.Storage.File.Interop;

namespace BackupFs.Storage.File.Staging;

/// <summary>
/// Tells a full file system. A program that writes through kernel passthrough gets ENOSPC from the kernel and we never see it;
/// asking at close finds the file system still full.
/// </summary>
internal static class SpaceProbe
{
    private const long Suspicious = 64 << 20;
    private const long ProbeSize = 1 << 20;
    private const int Mode = 0x180;

    /// <summary>NoSpace or QuotaExceeded when not even <see cref="ProbeSize"/> bytes are left below the staging directory; else null.</summary>
    public static StorageError? Check(Descriptor file, Descriptor staging)
    {
        if (FileSystemCalls.StatFs(file, out var room) != Errno.Success
            || (long)room.AvailableBlocks * room.BlockSize >= Suspicious)
        {
            return null;
        }

        var name = StagingNames.Probe + StagingNames.Unique();
        var errno = OpenCalls.OpenAt(
            staging, name, OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive, Mode, out var scratch);
        if (errno == Errno.Success)
        {
            using (scratch)
            {
                errno = ContentCalls.Allocate(scratch, AllocateMode.KeepSize, 0, ProbeSize);
                _ = NameCalls.Unlink(staging, name);
            }
        }

        return errno is Errno.ENOSPC or Errno.EDQUOT ? ErrnoMap.ToError(errno, "closing a file after writing") : null;
    }
}
