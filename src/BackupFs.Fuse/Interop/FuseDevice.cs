using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;

namespace BackupFs.Fuse.Interop;

/// <summary>Calls on descriptors of /dev/fuse. Errors are values; EINTR is the caller's to retry where it matters.</summary>
internal static unsafe class FuseDevice
{
    internal const string Path = "/dev/fuse";

    // ioctl numbers of linux/fuse.h (x86-64, arm64).
    private const nuint CloneRequest = 0x8004e500;
    private const nuint BackingOpenRequest = 0x4010e501;
    private const nuint BackingCloseRequest = 0x4004e502;
    private const int OpenReadWrite = 2;
    private const int OpenCloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int SetDescriptorFlags = 2;
    private const int GetStatusFlags = 3;
    private const int SetStatusFlags = 4;
    private const short PollIn = 1;

    /// <summary>Opens /dev/fuse.</summary>
    internal static bool TryOpen([NotNullWhen(true)] out SafeFileHandle? device, out Errno error)
    {
        int descriptor;
        // SAFETY: the path is a NUL-terminated array pinned for the call.
        fixed (byte* path = NativePath.Terminated(Path))
        {
            descriptor = Libc.open(path, OpenReadWrite | OpenCloseOnExec, 0);
        }

        error = descriptor < 0 ? Libc.LastError : Errno.None;
        device = descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
        return device is not null;
    }

    /// <summary>Opens /dev/fuse again and attaches it to the connection of a descriptor that is mounted.</summary>
    internal static bool TryClone(SafeFileHandle device, [NotNullWhen(true)] out SafeFileHandle? clone, out Errno error)
    {
        if (!TryOpen(out clone, out error))
        {
            return false;
        }

        bool added = false;
        int result;
        try
        {
            device.DangerousAddRef(ref added);
            uint source = (uint)device.DangerousGetHandle();
            // SAFETY: the ioctl reads a 32-bit descriptor number from a local.
            result = Libc.ioctl(clone, CloneRequest, &source);
            error = result < 0 ? Libc.LastError : Errno.None;
        }
        finally
        {
            if (added)
            {
                device.DangerousRelease();
            }
        }

        if (result < 0)
        {
            clone.Dispose();
            clone = null;
            return false;
        }

        return true;
    }

    /// <summary>Makes reads of this open file return EAGAIN instead of waiting.</summary>
    internal static bool TrySetNonBlocking(SafeFileHandle device)
    {
        int flags = Libc.fcntl(device, GetStatusFlags, 0);
        return flags >= 0 && Libc.fcntl(device, SetStatusFlags, flags | NonBlocking) == 0;
    }

    /// <summary>Keeps a descriptor from being inherited by programs that are started.</summary>
    internal static bool TrySetCloseOnExec(SafeFileHandle device) => Libc.fcntl(device, SetDescriptorFlags, 1) == 0;

    /// <summary>Waits for a request; false after the time, true otherwise (also on errors, which the read then tells).</summary>
    internal static bool WaitReadable(SafeFileHandle device, int milliseconds)
    {
        bool added = false;
        try
        {
            device.DangerousAddRef(ref added);
            var poll = new Libc.PollDescriptor { Descriptor = (int)device.DangerousGetHandle(), Events = PollIn };
            // SAFETY: one pollfd, a local.
            return Libc.poll(&poll, 1, milliseconds) != 0;
        }
        finally
        {
            if (added)
            {
                device.DangerousRelease();
            }
        }
    }

    /// <summary>Reads one request; returns its length, or the error.</summary>
    internal static int Read(SafeFileHandle device, Span<byte> buffer, out Errno error)
    {
        nint count;
        // SAFETY: the span is pinned for the call and the count is its length.
        fixed (byte* pointer = buffer)
        {
            count = Libc.read(device, pointer, (nuint)buffer.Length);
        }

        error = count < 0 ? Libc.LastError : Errno.None;
        return (int)count;
    }

    /// <summary>Writes one message (a reply or a notification) of two parts.</summary>
    internal static Errno Write(SafeFileHandle device, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        nint written;
        // SAFETY: both spans are pinned for the call; the vectors, locals, carry their lengths. An empty span may pin
        // as null, which goes with length 0 and is left out.
        fixed (byte* headPointer = head)
        fixed (byte* bodyPointer = body)
        {
            Libc.IoVector* vectors = stackalloc Libc.IoVector[2];
            vectors[0] = new Libc.IoVector { Base = headPointer, Length = (nuint)head.Length };
            vectors[1] = new Libc.IoVector { Base = bodyPointer, Length = (nuint)body.Length };
            written = Libc.writev(device, vectors, body.IsEmpty ? 1 : 2);
        }

        return written < 0 ? Libc.LastError : Errno.None;
    }

    /// <summary>Registers a backing file for passthrough; returns its id (positive) or the error.</summary>
    internal static int OpenBacking(SafeFileHandle device, System.Runtime.InteropServices.SafeHandle file, out Errno error)
    {
        bool added = false;
        try
        {
            file.DangerousAddRef(ref added);
            var map = new Protocol.BackingMap { Descriptor = (int)file.DangerousGetHandle() };
            // SAFETY: the ioctl reads a 16-byte fuse_backing_map, a local.
            int id = Libc.ioctl(device, BackingOpenRequest, &map);
            error = id < 0 ? Libc.LastError : Errno.None;
            return id;
        }
        finally
        {
            if (added)
            {
                file.DangerousRelease();
            }
        }
    }

    /// <summary>Gives a backing id back.</summary>
    internal static Errno CloseBacking(SafeFileHandle device, int id)
    {
        uint argument = (uint)id;
        // SAFETY: the ioctl reads a 32-bit id from a local.
        return Libc.ioctl(device, BackingCloseRequest, &argument) < 0 ? Libc.LastError : Errno.None;
    }
}
