using System.Runtime.InteropServices;

namespace BackupFs.Fuse.Interop;

/// <summary>The system calls that watching processes needs. Numbers are those of asm-generic, the same on x86-64 and arm64.</summary>
internal static unsafe partial class ProcessNative
{
    internal const int SysPidfdSendSignal = 424;
    internal const int SysPidfdOpen = 434;

    internal const int PidfdThread = 0x80; // O_EXCL: a descriptor of one thread, Linux 6.9

    internal const int Enoent = 2;
    internal const int Esrch = 3;
    internal const int Eintr = 4;
    internal const int Enfile = 23;
    internal const int Emfile = 24;

    internal const int OpenReadOnly = 0;
    internal const int OpenCloseOnExec = 0x80000;

    internal const short PollIn = 1;

    internal const int EpollCloseOnExec = 0x80000;
    internal const int EpollAdd = 1;
    internal const uint EpollIn = 1;
    internal const uint EpollOneShot = 1u << 30;

    internal const int EventCloseOnExecNonBlocking = 0x80000 | 0x800;

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollEntry
    {
        internal int Descriptor;
        internal short Events;
        internal short Returned;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint SystemCall(nint number, nint first, nint second);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint SystemCall(nint number, nint first, nint second, nint third, nint fourth);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int Ioctl(int descriptor, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(PollEntry* entries, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    internal static partial int Open(byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    internal static partial nint Read(int descriptor, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(int descriptor, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "readlink", SetLastError = true)]
    internal static partial nint ReadLink(byte* path, byte* buffer, nuint size);

    [LibraryImport("libc", EntryPoint = "opendir", SetLastError = true)]
    internal static partial nint OpenDirectory(byte* path);

    /// <summary>Returns a struct dirent of 64-bit Linux: d_name, ended by NUL, is at offset 19.</summary>
    [LibraryImport("libc", EntryPoint = "readdir", SetLastError = true)]
    internal static partial byte* ReadDirectory(nint directory);

    [LibraryImport("libc", EntryPoint = "closedir", SetLastError = true)]
    internal static partial int CloseDirectory(nint directory);

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    internal static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    internal static partial int EpollControl(int epoll, int operation, int descriptor, void* change);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    internal static partial int EpollWait(int epoll, void* events, int capacity, int milliseconds);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    internal static partial int EventDescriptor(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    internal static partial int Pipe(int* ends, int flags);
}
