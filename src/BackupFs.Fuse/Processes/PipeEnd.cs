using System.Buffers.Text;
using BackupFs.Fuse.Interop;

namespace BackupFs.Fuse.Processes;

/// <summary>
/// One end of an anonymous pipe that a process holds, told from /proc/PID/fdinfo/N (its inode since Linux 5.14; before, no end
/// is ever seen). The link /proc/PID/fd/N would tell as well, but reading it can block (see <see cref="ProcessFile"/>).
/// </summary>
/// <param name="Pipe">The pipe's inode number, never 0.</param>
/// <param name="Reads">It can be read from.</param>
/// <param name="Writes">It can be written to.</param>
/// <param name="ClosesOnExec">It is closed when the holder runs another program.</param>
internal readonly record struct PipeEnd(long Pipe, bool Reads, bool Writes, bool ClosesOnExec)
{
    private const int AccessMode = 3;
    private const int WriteOnly = 1;

    /// <summary>All anonymous pipes live on one mount of the kernel's own.</summary>
    private static readonly int PipeMount = ProcessFile.WithOwnPipe(
        static descriptor => TryRead(Environment.ProcessId, descriptor, out _, out int mount, out _) ? mount : -1);

    /// <summary>The end that a descriptor of a process is; null when it is something else, or unreadable. Never blocks.</summary>
    internal static PipeEnd? Of(int processId, int descriptor) =>
        TryRead(processId, descriptor, out int flags, out int mount, out long inode) && mount == PipeMount && inode > 0
            ? new PipeEnd(
                inode,
                Reads: (flags & AccessMode) != WriteOnly,
                Writes: (flags & AccessMode) != 0,
                ClosesOnExec: (flags & ProcessNative.OpenCloseOnExec) != 0)
            : null;

    /// <summary>The pipe that is a process's standard input; 0 if that is something else.</summary>
    internal static long StandardInputOf(int processId) => Of(processId, 0) is { Reads: true } end ? end.Pipe : 0;

    /// <summary>Whether a process holds a descriptor to write into a pipe.</summary>
    internal static bool IsWriter(int processId, long pipe)
    {
        List<int> descriptors = [];
        ProcessFile.ListNumbers(processId, "fd"u8, descriptors);
        foreach (int descriptor in descriptors)
        {
            if (Of(processId, descriptor) is { Writes: true } end && end.Pipe == pipe)
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryRead(int processId, int descriptor, out int flags, out int mount, out long inode)
    {
        // pos:\t0 / flags:\t0100001 (octal) / mnt_id:\t15 / ino:\t1234, then what is particular to the kind of file.
        Span<byte> name = stackalloc byte[24];
        "fdinfo/"u8.CopyTo(name);
        _ = Utf8Formatter.TryFormat(descriptor, name[7..], out int digits);
        Span<byte> text = stackalloc byte[192];
        int count = ProcessFile.Read(processId, name[..(7 + digits)], text);
        text = text[..Math.Max(count, 0)];
        flags = (int)Number(text, "flags:\t"u8, 8);
        mount = (int)Number(text, "mnt_id:\t"u8, 10);
        inode = Number(text, "ino:\t"u8, 10);
        return count > 0 && mount >= 0 && flags >= 0;
    }

    private static long Number(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name, int radix)
    {
        int at = text.IndexOf(name);
        if (at < 0)
        {
            return -1;
        }

        long value = 0;
        foreach (byte digit in text[(at + name.Length)..])
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                break;
            }

            value = (value * radix) + (digit - '0');
        }

        return value;
    }
}
