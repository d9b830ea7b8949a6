using System.Runtime.InteropServices;

namespace BackupFs.Storage.File.Interop;

/// <summary>
/// Durability. FileStream.Flush(true) and RandomAccess.FlushToDisk of .NET 10 return normally when fsync(2) failed with EIO,
/// ENOSPC or EDQUOT (seen with an injected error), so the system calls are made directly and every error is returned.
/// </summary>
internal static class SyncCalls
{
    public static Errno Sync(Descriptor file, bool dataOnly = false)
    {
        while (true)
        {
            if ((dataOnly ? Libc.SynchronizeData(file) : Libc.Synchronize(file)) == 0)
            {
                return Errno.Success;
            }

            var errno = (Errno)Marshal.GetLastPInvokeError();
            if (errno != Errno.EINTR)
            {
                return errno;
            }
        }
    }

    /// <summary>Writes back the whole file system of <paramref name="file"/>; its errors since the descriptor was opened surface here.</summary>
    public static Errno SyncFileSystem(Descriptor file) =>
        Libc.SynchronizeFileSystem(file) == 0 ? Errno.Success : (Errno)Marshal.GetLastPInvokeError();
}
