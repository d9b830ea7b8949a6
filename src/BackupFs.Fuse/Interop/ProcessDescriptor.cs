using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace BackupFs.Fuse.Interop;

/// <summary>
/// A pidfd: it names one process for good, whatever becomes of its number. Thread-safe; what is asked of a closed one
/// answers as for a process that is gone.
/// </summary>
internal sealed unsafe class ProcessDescriptor : SafeHandleMinusOneIsInvalid
{
    private const nuint GetInfo = 0xC040FF0B; // PIDFD_GET_INFO = _IOWR(0xFF, 11, 64 bytes)

    private ProcessDescriptor(int descriptor)
        : base(ownsHandle: true) => SetHandle(descriptor);

    /// <summary>Opens one for a process (a thread group); null and the error number when that is not possible.</summary>
    internal static ProcessDescriptor? TryOpen(int processId, out int error)
    {
        // A pidfd is close-on-exec always.
        nint descriptor = ProcessNative.SystemCall(ProcessNative.SysPidfdOpen, processId, 0);
        error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        return descriptor < 0 ? null : new ProcessDescriptor((int)descriptor);
    }

    /// <summary>The process that a thread belongs to; 0 and the error number when the kernel does not tell this way.</summary>
    internal static int ResolveThread(int threadId, out int error)
    {
        nint descriptor = ProcessNative.SystemCall(ProcessNative.SysPidfdOpen, threadId, ProcessNative.PidfdThread);
        if (descriptor < 0)
        {
            error = Marshal.GetLastPInvokeError();
            return 0;
        }

        ProcessInfo info = new() { Mask = ProcessInfo.HasNumbers };

        // SAFETY: info is a local of the size that the request number announces; the descriptor is ours and closed once.
        int result = ProcessNative.Ioctl((int)descriptor, GetInfo, &info);
        error = result == 0 ? 0 : Marshal.GetLastPInvokeError();
        _ = ProcessNative.Close((int)descriptor);
        return result == 0 && (info.Mask & ProcessInfo.HasNumbers) != 0 ? (int)info.ProcessId : 0;
    }

    /// <summary>Whether every thread of the process has ended (it may still be a zombie).</summary>
    internal bool IsEnded
    {
        get
        {
            bool held = false;
            try
            {
                DangerousAddRef(ref held);
                ProcessNative.PollEntry entry = new() { Descriptor = (int)handle, Events = ProcessNative.PollIn };

                // SAFETY: one entry, a local; the reference held keeps the descriptor open.
                return ProcessNative.Poll(&entry, 1, 0) > 0;
            }
            catch (ObjectDisposedException)
            {
                return true;
            }
            finally
            {
                if (held)
                {
                    DangerousRelease();
                }
            }
        }
    }

    /// <summary>Asks for numbers and, if it was reaped, the wait status. False: gone, or a kernel before 6.13.</summary>
    internal bool TryGetInfo(out ProcessInfo info)
    {
        info = new ProcessInfo { Mask = ProcessInfo.HasNumbers | ProcessInfo.HasExit };
        bool held = false;
        try
        {
            DangerousAddRef(ref held);

            // SAFETY: as in ResolveThread; the caller's location is pinned for the call.
            fixed (ProcessInfo* place = &info)
            {
                return ProcessNative.Ioctl((int)handle, GetInfo, place) == 0;
            }
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
        finally
        {
            if (held)
            {
                DangerousRelease();
            }
        }
    }

    /// <summary>Whether it was reaped: its number may belong to another process by now. Works since Linux 5.1.</summary>
    internal bool IsReaped
    {
        get
        {
            bool held = false;
            try
            {
                DangerousAddRef(ref held);

                // Signal 0 is not delivered; EPERM and success mean that the process, or its zombie, is there.
                return ProcessNative.SystemCall(ProcessNative.SysPidfdSendSignal, handle, 0, 0, 0) != 0
                    && Marshal.GetLastPInvokeError() == ProcessNative.Esrch;
            }
            catch (ObjectDisposedException)
            {
                return true;
            }
            finally
            {
                if (held)
                {
                    DangerousRelease();
                }
            }
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => ProcessNative.Close((int)handle) == 0;
}
