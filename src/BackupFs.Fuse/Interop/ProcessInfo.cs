using System.Runtime.InteropServices;

namespace BackupFs.Fuse.Interop;

/// <summary>
/// struct pidfd_info of linux/pidfd.h in its first published size: 64 bytes, what PIDFD_GET_INFO (Linux 6.13) fills in;
/// <see cref="ExitCode"/> since Linux 6.15.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
internal struct ProcessInfo
{
    /// <summary>PIDFD_INFO_PID: process, group and parent numbers.</summary>
    internal const ulong HasNumbers = 1 << 0;

    /// <summary>PIDFD_INFO_EXIT: the wait status; the kernel sets it once the process was reaped.</summary>
    internal const ulong HasExit = 1 << 3;

    internal ulong Mask;
    internal ulong ControlGroup;
    internal uint ThreadId;
    internal uint ProcessId;
    internal uint ParentId;
    internal uint RealUser;
    internal uint RealGroup;
    internal uint EffectiveUser;
    internal uint EffectiveGroup;
    internal uint SavedUser;
    internal uint SavedGroup;
    internal uint FileSystemUser;
    internal uint FileSystemGroup;

    /// <summary>As wait(2) gives it: the signal in the low 7 bits, the exit status in bits 8 to 15.</summary>
    internal int ExitCode;
}
