using System.Runtime.InteropServices;

namespace BackupFs.Storage.File.Interop;

/// <summary>Reading and changing a file's content by descriptor. Interrupted calls are repeated, short ones continued.</summary>
internal static unsafe class ContentCalls
{
    private const int SeekData = 3;
    private const int SeekHole = 4;
    private const int KeepSizeFlag = 1;
    private const int PunchHoleFlag = 2;
    private const int ZeroRangeFlag = 16;

    /// <summary>Reads until the buffer is full or the file ends.</summary>
    public static Errno Read(Descriptor file, Span<byte> buffer, long offset, out int read)
    {
        read = 0;

        // SAFETY: the span is pinned during the calls and its remaining length is what is passed.
        fixed (byte* pointer = buffer)
        {
            while (read < buffer.Length)
            {
                var count = Libc.ReadAt(file, pointer + read, (nuint)(buffer.Length - read), offset + read);
                if (count == 0)
                {
                    break;
                }

                if (count > 0)
                {
                    read += (int)count;
                    continue;
                }

                var errno = (Errno)Marshal.GetLastPInvokeError();
                if (errno != Errno.EINTR)
                {
                    return errno;
                }
            }
        }

        return Errno.Success;
    }

    /// <summary>Writes everything or fails.</summary>
    public static Errno Write(Descriptor file, ReadOnlySpan<byte> data, long offset)
    {
        var written = 0;

        // SAFETY: the span is pinned during the calls and its remaining length is what is passed.
        fixed (byte* pointer = data)
        {
            while (written < data.Length)
            {
                var count = Libc.WriteAt(file, pointer + written, (nuint)(data.Length - written), offset + written);
                if (count > 0)
                {
                    written += (int)count;
                    continue;
                }

                var errno = count == 0 ? Errno.EIO : (Errno)Marshal.GetLastPInvokeError();
                if (errno != Errno.EINTR)
                {
                    return errno;
                }
            }
        }

        return Errno.Success;
    }

    /// <summary>One write(2) at the end of a file opened with O_APPEND: all or an error.</summary>
    public static Errno Append(Descriptor file, ReadOnlySpan<byte> record)
    {
        while (true)
        {
            nint count;

            // SAFETY: the span is pinned during the call and its length is what is passed.
            fixed (byte* pointer = record)
            {
                count = Libc.Write(file, pointer, (nuint)record.Length);
            }

            if (count == record.Length)
            {
                return Errno.Success;
            }

            var errno = count >= 0 ? Errno.ENOSPC : (Errno)Marshal.GetLastPInvokeError();
            if (errno != Errno.EINTR)
            {
                return errno;
            }
        }
    }

    public static Errno Truncate(Descriptor file, long size)
    {
        while (Libc.Truncate(file, size) != 0)
        {
            var errno = (Errno)Marshal.GetLastPInvokeError();
            if (errno != Errno.EINTR)
            {
                return errno;
            }
        }

        return Errno.Success;
    }

    public static Errno Allocate(Descriptor file, AllocateMode mode, long offset, long length)
    {
        var flags = mode switch
        {
            AllocateMode.Extend => 0,
            AllocateMode.KeepSize => KeepSizeFlag,
            AllocateMode.PunchHole => PunchHoleFlag | KeepSizeFlag,
            AllocateMode.ZeroRange => ZeroRangeFlag,
            AllocateMode.ZeroRangeKeepSize => ZeroRangeFlag | KeepSizeFlag,
        };
        while (Libc.Allocate(file, flags, offset, length) != 0)
        {
            var errno = (Errno)Marshal.GetLastPInvokeError();
            if (errno != Errno.EINTR)
            {
                return errno;
            }
        }

        return Errno.Success;
    }

    /// <summary>ENXIO when there is no such data, or the offset is at or after the end.</summary>
    public static Errno Seek(Descriptor file, SeekTarget target, long offset, out long found)
    {
        found = Libc.Seek(file, offset, target == SeekTarget.Data ? SeekData : SeekHole);
        return found >= 0 ? Errno.Success : (Errno)Marshal.GetLastPInvokeError();
    }

    public static Errno CopyRange(
        Descriptor source, long offset, Descriptor target, long targetOffset, long length, out long copied)
    {
        while (true)
        {
            // SAFETY: the kernel updates the two offsets, which live on this stack frame.
            var from = offset;
            var to = targetOffset;
            copied = Libc.CopyFileRange(source, &from, target, &to, (nuint)length, 0);
            if (copied >= 0)
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
}
