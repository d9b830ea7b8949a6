using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace BackupFs.Fuse.Interop;

/// <summary>
/// Reads /proc/PID/NAME without allocating. Which names may block, and so must stay off the request path, is for the
/// caller to know: `stat`, `wchan` and the links `cwd`, `exe`, `fd/N` wait while the process is in execve(2) and that waits for
/// an answer of ours (the flush of a close-on-exec descriptor); `statm`, `status`, `comm`, `fdinfo/N` and listing `fd` do not
/// (seen on Linux 6.18).
/// </summary>
internal static unsafe class ProcessFile
{
    private const int PathCapacity = 64;
    private const int NameOffset = 19; // of d_name in struct dirent

    /// <summary>Reads at most what fits; -1 when it cannot be opened or read.</summary>
    internal static int Read(int processId, ReadOnlySpan<byte> name, Span<byte> buffer)
    {
        int descriptor = Open(processId, name);
        if (descriptor < 0)
        {
            return -1;
        }

        int total = 0;
        nint count;
        do
        {
            count = ReadOnce(descriptor, buffer[total..]);
            total += (int)Math.Max(count, 0);
        }
        while (count > 0 && total < buffer.Length);
        _ = ProcessNative.Close(descriptor);
        return count < 0 ? -1 : total;
    }

    /// <summary>Adds a file's content, up to a limit in bytes, to a digest; how many bytes there were, -1 when unreadable.</summary>
    internal static int Digest(int processId, ReadOnlySpan<byte> name, IncrementalHash digest, int limit)
    {
        int descriptor = Open(processId, name);
        if (descriptor < 0)
        {
            return -1;
        }

        Span<byte> buffer = stackalloc byte[4096];
        int total = 0;
        nint count;
        while ((count = ReadOnce(descriptor, buffer)) > 0 && total < limit)
        {
            digest.AppendData(buffer[..(int)count]);
            total += (int)count;
        }

        _ = ProcessNative.Close(descriptor);
        return count < 0 ? -1 : total;
    }

    /// <summary>Reads a link's target; minus the error number when that fails.</summary>
    internal static int ReadLink(int processId, ReadOnlySpan<byte> name, Span<byte> buffer)
    {
        Span<byte> path = stackalloc byte[PathCapacity];
        WritePath(path, processId, name);

        // SAFETY: path ends in NUL; the count passed is the buffer's length; readlink(2) writes no NUL.
        fixed (byte* start = path, target = buffer)
        {
            nint count = ProcessNative.ReadLink(start, target, (nuint)buffer.Length);
            return count < 0 ? -Marshal.GetLastPInvokeError() : (int)count;
        }
    }

    /// <summary>The entries that are numbers, of /proc itself (process 0, empty name) or of /proc/PID/NAME; none if unreadable.</summary>
    internal static void ListNumbers(int processId, ReadOnlySpan<byte> name, List<int> numbers)
    {
        numbers.Clear();
        Span<byte> path = stackalloc byte[PathCapacity];
        WritePath(path, processId, name);

        // SAFETY: path ends in NUL; opendir(3) opens close-on-exec; an entry is valid until the next readdir(3) on the same
        // directory, which nobody else has; its name is ended by NUL.
        fixed (byte* start = path)
        {
            nint directory = ProcessNative.OpenDirectory(start);
            if (directory == 0)
            {
                return;
            }

            for (byte* entry = ProcessNative.ReadDirectory(directory); entry != null; entry = ProcessNative.ReadDirectory(directory))
            {
                ReadOnlySpan<byte> text = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + NameOffset);
                if (Utf8Parser.TryParse(text, out int number, out int consumed) && consumed == text.Length)
                {
                    numbers.Add(number);
                }
            }

            _ = ProcessNative.CloseDirectory(directory);
        }
    }

    /// <summary>Makes a pipe, asks about the descriptor of its reading end, closes it; -1 if none can be made.</summary>
    internal static int WithOwnPipe(Func<int, int> ask)
    {
        // SAFETY: two descriptors are what pipe2(2) writes; both are closed once.
        int* ends = stackalloc int[2];
        if (ProcessNative.Pipe(ends, ProcessNative.OpenCloseOnExec) != 0)
        {
            return -1;
        }

        int answer = ask(ends[0]);
        _ = ProcessNative.Close(ends[0]);
        _ = ProcessNative.Close(ends[1]);
        return answer;
    }

    private static int Open(int processId, ReadOnlySpan<byte> name)
    {
        Span<byte> path = stackalloc byte[PathCapacity];
        WritePath(path, processId, name);

        // SAFETY: path ends in NUL. EINTR does not come from opening in procfs.
        fixed (byte* start = path)
        {
            return ProcessNative.Open(start, ProcessNative.OpenReadOnly | ProcessNative.OpenCloseOnExec);
        }
    }

    private static nint ReadOnce(int descriptor, Span<byte> buffer)
    {
        // SAFETY: the count passed is the buffer's length.
        fixed (byte* start = buffer)
        {
            nint count;
            do
            {
                count = ProcessNative.Read(descriptor, start, (nuint)buffer.Length);
            }
            while (count < 0 && Marshal.GetLastPInvokeError() == ProcessNative.Eintr);
            return count;
        }
    }

    private static void WritePath(Span<byte> path, int processId, ReadOnlySpan<byte> name)
    {
        "/proc/"u8.CopyTo(path);
        int length = 6;
        if (processId != 0)
        {
            _ = Utf8Formatter.TryFormat(processId, path[length..], out int digits);
            length += digits;
            path[length++] = (byte)'/';
        }

        name.CopyTo(path[length..]);
        path[length + name.Length] = 0;
    }
}
