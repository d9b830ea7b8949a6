using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace BackupFs.Fuse.Interop;

/// <summary>An epoll set of pidfds and one eventfd to wake whoever waits. Each process is reported once. One thread waits; any adds.</summary>
internal sealed unsafe class ProcessExitQueue : IDisposable
{
    private const int Capacity = 128;

    // struct epoll_event is packed on x86-64 only (sys/epoll.h).
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int EventSize = DataOffset + 8;

    private readonly SafeFileHandle _epoll;
    private readonly SafeFileHandle _wake;

    /// <summary>Makes an empty one.</summary>
    /// <exception cref="Win32Exception">No descriptors left.</exception>
    internal ProcessExitQueue()
    {
        int epoll = ProcessNative.EpollCreate(ProcessNative.EpollCloseOnExec);
        _epoll = new SafeFileHandle(epoll >= 0 ? epoll : throw new Win32Exception(Marshal.GetLastPInvokeError()), ownsHandle: true);
        int wake = ProcessNative.EventDescriptor(0, ProcessNative.EventCloseOnExecNonBlocking);
        if (wake < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            _epoll.Dispose();
            throw new Win32Exception(error);
        }

        _wake = new SafeFileHandle(wake, ownsHandle: true);
        _ = Add(wake, 0, ProcessNative.EpollIn);
    }

    /// <summary>Adds a process under a number other than 0; 0, or the error number.</summary>
    internal int Add(ProcessDescriptor process, ulong number)
    {
        bool held = false;
        try
        {
            process.DangerousAddRef(ref held);
            return Add((int)process.DangerousGetHandle(), number, ProcessNative.EpollIn | ProcessNative.EpollOneShot);
        }
        finally
        {
            if (held)
            {
                process.DangerousRelease();
            }
        }
    }

    /// <summary>Makes a wait that is under way, or else the next one, return.</summary>
    internal void Wake()
    {
        ulong one = 1;

        // SAFETY: eight bytes are what an eventfd takes; EAGAIN means that it is readable already.
        _ = ProcessNative.Write((int)_wake.DangerousGetHandle(), &one, sizeof(ulong));
    }

    /// <summary>Waits (-1 = for ever) and fills in the numbers of processes that ended; how many. Wake-ups are swallowed.</summary>
    internal int Wait(Span<ulong> ended, int milliseconds)
    {
        byte* events = stackalloc byte[Capacity * 16];

        // SAFETY: an event takes at most 16 bytes and the count asked for is at most Capacity.
        int count = ProcessNative.EpollWait(
            (int)_epoll.DangerousGetHandle(), events, Math.Min(Capacity, ended.Length), milliseconds);
        int found = 0;
        for (int index = 0; index < count; index++)
        {
            ulong number = Unsafe.ReadUnaligned<ulong>(events + (index * EventSize) + DataOffset);
            if (number != 0)
            {
                ended[found++] = number;
                continue;
            }

            ulong drained;

            // SAFETY: eight bytes are what an eventfd gives.
            _ = ProcessNative.Read((int)_wake.DangerousGetHandle(), &drained, sizeof(ulong));
        }

        return found;
    }

    /// <summary>Only after the waiting thread has ended.</summary>
    public void Dispose()
    {
        _epoll.Dispose();
        _wake.Dispose();
    }

    private int Add(int descriptor, ulong number, uint events)
    {
        byte* change = stackalloc byte[16];
        Unsafe.WriteUnaligned(change, events);
        Unsafe.WriteUnaligned(change + DataOffset, number);

        // SAFETY: change is a struct epoll_event as this architecture lays it out.
        return ProcessNative.EpollControl((int)_epoll.DangerousGetHandle(), ProcessNative.EpollAdd, descriptor, change) == 0
            ? 0
            : Marshal.GetLastPInvokeError();
    }
}
