using System.Runtime.InteropServices;

namespace BackupFs.Fuse.Interop;

/// <summary>mount(2), umount2(2) and what is asked of a mount point beforehand.</summary>
internal static unsafe class MountCalls
{
    internal const nuint ReadOnly = 1;
    internal const nuint NoSuid = 2;
    internal const nuint NoDev = 4;
    internal const nuint NoExec = 8;
    internal const nuint NoAtime = 1024;

    internal const int UnmountForce = 1;
    internal const int UnmountDetach = 2;
    internal const int UnmountNoFollow = 8;

    private const int CurrentDirectory = -100; // AT_FDCWD
    private const uint StatxType = 1;
    private const int StatxModeOffset = 28;
    private const int StatxSize = 256;

    /// <summary>Mounts a file system.</summary>
    internal static Errno Mount(string source, string target, string type, nuint flags, string data)
    {
        // SAFETY: four NUL-terminated arrays, pinned for the call.
        fixed (byte* sourcePointer = NativePath.Terminated(source))
        fixed (byte* targetPointer = NativePath.Terminated(target))
        fixed (byte* typePointer = NativePath.Terminated(type))
        fixed (byte* dataPointer = NativePath.Terminated(data))
        {
            return Libc.mount(sourcePointer, targetPointer, typePointer, flags, dataPointer) < 0 ? Libc.LastError : Errno.None;
        }
    }

    /// <summary>Unmounts; the flags are UMOUNT_*.</summary>
    internal static Errno Unmount(string target, int flags)
    {
        // SAFETY: a NUL-terminated array, pinned for the call.
        fixed (byte* pointer = NativePath.Terminated(target))
        {
            return Libc.umount2(pointer, flags) < 0 ? Libc.LastError : Errno.None;
        }
    }

    /// <summary>The path without links, dots and doubled slashes.</summary>
    internal static Errno Resolve(string path, out string resolved)
    {
        resolved = path;
        // SAFETY: a NUL-terminated array, pinned for the call; the result is a string of the C heap, freed after copying.
        fixed (byte* pointer = NativePath.Terminated(path))
        {
            byte* result = Libc.realpath(pointer, null);
            if (result is null)
            {
                return Libc.LastError;
            }

            resolved = Marshal.PtrToStringUTF8((nint)result)!;
            Libc.free(result);
            return Errno.None;
        }
    }

    /// <summary>The file type bits of a path (S_IFMT), following links.</summary>
    internal static Errno FileType(string path, out uint type)
    {
        byte* result = stackalloc byte[StatxSize];
        // SAFETY: a NUL-terminated array, pinned for the call; statx fills at most 256 bytes.
        fixed (byte* pointer = NativePath.Terminated(path))
        {
            Errno error = Libc.statx(CurrentDirectory, pointer, 0, StatxType, result) < 0 ? Libc.LastError : Errno.None;
            type = error == Errno.None ? *(ushort*)(result + StatxModeOffset) & 0xf000u : 0;
            return error;
        }
    }
}
