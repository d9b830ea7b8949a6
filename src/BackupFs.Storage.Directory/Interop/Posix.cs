using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace BackupFs.Storage.Directory.Interop;

/// <summary>
/// What .NET lacks on Linux: its FlushToDisk returns normally when fsync(2) failed, it cannot sync a directory, it makes no hard
/// links, and it looks again at what a call found before it says which error that was: by then others have changed it. What throws,
/// throws an <see cref="IOException"/> whose <see cref="Exception.HResult"/> is the errno.
/// </summary>
internal static partial class Posix
{
    internal const int NotFound = 2;
    internal const int AlreadyExists = 17;
    internal const int OtherFileSystem = 18;
    private const string Library = "libc";
    private const int Interrupted = 4;
    private const int Invalid = 22;
    private const int Unsupported = 95;

    /// <summary>O_RDONLY and O_CLOEXEC, the same on all architectures of .NET.</summary>
    private const int OpenForReading = 0x80000;

    private const uint AnyMode = 0x1FF; // 0777

    /// <summary>fsync(2).</summary>
    internal static void Sync(SafeFileHandle file)
    {
        if (TrySync(file) is not 0 and var errno)
        {
            throw Error("fsync", errno);
        }
    }

    /// <summary>fsync(2) of a directory; file systems that have nothing to sync there are content.</summary>
    internal static void SyncDirectory(string path)
    {
        using var directory = Open(path, OpenForReading);
        if (directory.IsInvalid)
        {
            throw Error($"opening '{path}'", Marshal.GetLastPInvokeError());
        }

        if (TrySync(directory) is not (0 or Invalid or Unsupported) and var errno)
        {
            throw Error($"fsync of '{path}'", errno);
        }
    }

    /// <summary>link(2): the errno, 0 if it was made.</summary>
    internal static int TryLink(string existing, string path) => Link(existing, path) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>mkdir(2), with the mode that the process's mask leaves: the errno, 0 if it was made.</summary>
    internal static int TryMakeDirectory(string path) => MakeDirectory(path, AnyMode) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>rename(2), which replaces a file.</summary>
    internal static void Rename(string path, string newPath)
    {
        if (RenameFile(path, newPath) != 0)
        {
            throw Error($"renaming to '{newPath}'", Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>The exception for an errno.</summary>
    internal static IOException Error(string call, int errno) => new($"{call}: {Marshal.GetPInvokeErrorMessage(errno)}", errno);

    private static int TrySync(SafeFileHandle file)
    {
        while (Fsync(file) != 0)
        {
            if (Marshal.GetLastPInvokeError() is not Interrupted and var errno)
            {
                return errno;
            }
        }

        return 0;
    }

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeFileHandle file);

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport(Library, EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string path);

    [LibraryImport(Library, EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeDirectory(string path, uint mode);

    [LibraryImport(Library, EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameFile(string path, string newPath);
}
