using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BackupFs.Storage.File.Interop;

/// <summary>What concerns the whole file system, or the process: room, locks, priorities.</summary>
internal static unsafe class FileSystemCalls
{
    private const int LockShared = 1;
    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;
    private const int PriorityOfThread = 0;

    /// <summary>Whether this process may do what only the superuser may.</summary>
    public static bool IsSuperuser { get; } = Libc.GetEffectiveUserId() == 0;

    public static Errno StatFs(Descriptor file, out StatFsBuffer buffer)
    {
        Unsafe.SkipInit(out buffer);

        // SAFETY: the struct has the kernel's size and is pinned during the call.
        fixed (StatFsBuffer* result = &buffer)
        {
            return Libc.StatFs(file, result) == 0 ? Errno.Success : (Errno)Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>flock(2) without waiting: EAGAIN when another open description holds it.</summary>
    public static Errno TryLockExclusive(Descriptor file) => Lock(file, LockExclusive | LockNonBlocking);

    /// <summary>flock(2) shared, waiting for the holder of an exclusive one.</summary>
    public static Errno LockSharedWaiting(Descriptor file) => Lock(file, LockShared);

    /// <summary>Makes the calling thread yield to others. Failing is harmless and ignored.</summary>
    public static void LowerPriorityOfThisThread(int nice) => _ = Libc.SetPriority(PriorityOfThread, 0, nice);

    private static Errno Lock(Descriptor file, int operation)
    {
        while (Libc.Lock(file, operation) != 0)
        {
            var errno = (Errno)Marshal.GetLastPInvokeError();
            if (errno != Errno.EINTR)
            {
                return errno;
            }
        }

        return Errno.Success;
    }
}
