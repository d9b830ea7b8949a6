using System.Runtime.InteropServices;
using BackupFs.Fuse.Interop;

namespace BackupFs.Fuse;

/// <summary>
/// What turns a started process into a daemon. A .NET process cannot fork: the program starts a second copy of itself,
/// and that copy calls these first thing. Each returns the error.
/// </summary>
public static unsafe class Daemon
{
    private const int OpenReadWrite = 2;
    private const int OpenCloseOnExec = 0x80000;
    private const int OpenFilesLimit = 7; // RLIMIT_NOFILE

    /// <summary>Leaves the terminal: a session of its own (setsid). EPERM when it is a group leader already.</summary>
    public static Errno StartSession() => Libc.setsid() < 0 ? Libc.LastError : Errno.None;

    /// <summary>Standard input from /dev/null, standard output and error likewise or to an open file.</summary>
    /// <param name="output">Where output and errors go; null is /dev/null. Stays the caller's.</param>
    public static Errno RedirectStandardStreams(SafeHandle? output = null)
    {
        int nothing;
        // SAFETY: a NUL-terminated array, pinned for the call.
        fixed (byte* path = NativePath.Terminated("/dev/null"))
        {
            nothing = Libc.open(path, OpenReadWrite | OpenCloseOnExec, 0);
        }

        if (nothing < 0)
        {
            return Libc.LastError;
        }

        using var owner = new Microsoft.Win32.SafeHandles.SafeFileHandle(nothing, ownsHandle: nothing > 2);
        bool added = false;
        try
        {
            output?.DangerousAddRef(ref added);
            int target = output is null ? nothing : (int)output.DangerousGetHandle();
            // dup2 makes the copies inheritable, as standard streams are.
            bool failed = Libc.dup2(nothing, 0) < 0 || Libc.dup2(target, 1) < 0 || Libc.dup2(target, 2) < 0;
            return failed ? Libc.LastError : Errno.None;
        }
        finally
        {
            if (added)
            {
                output!.DangerousRelease();
            }
        }
    }

    /// <summary>Sets the mask for modes of created files, 0 for none; returns the one before.</summary>
    public static uint SetFileModeMask(uint mask) => Libc.umask(mask);

    /// <summary>Raises the limit of open files to what the system allows; returns it.</summary>
    public static Errno RaiseOpenFilesLimit(out ulong limit)
    {
        ulong* both = stackalloc ulong[2]; // struct rlimit: soft, hard
        limit = 0;
        // SAFETY: two 64-bit numbers, as struct rlimit has on 64-bit Linux.
        if (Libc.getrlimit(OpenFilesLimit, both) < 0)
        {
            return Libc.LastError;
        }

        limit = both[0] = both[1];
        return Libc.setrlimit(OpenFilesLimit, both) < 0 ? Libc.LastError : Errno.None;
    }
}
