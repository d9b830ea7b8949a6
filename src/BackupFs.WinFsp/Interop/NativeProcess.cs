using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using BackupFs.WinFsp.Processes;
using Microsoft.Win32.SafeHandles;

namespace BackupFs.WinFsp.Interop;

/// <summary>A process that OpenProcess opened.</summary>
[SupportedOSPlatform("windows")]
internal sealed unsafe partial class NativeProcess : IProcess
{
    private const uint MaySynchronize = 0x00100000;
    private const uint MayQueryLimited = 0x00001000;
    private const uint StillActive = 259;
    private const int LongestPath = 32 * 1024;
    private const int BasicInformation = 0;
    private const int BasicInformationFields = 6; // each as wide as a pointer; the number of the parent is the last
    private const uint Signaled = 0;

    private readonly SafeProcessHandle _handle;
    private readonly Lock _lock = new();
    private Task<uint?>? _ended;

    private NativeProcess(SafeProcessHandle handle, uint id)
    {
        _handle = handle;
        Id = id;
    }

    public uint Id { get; }

    public string Program
    {
        get
        {
            Span<char> path = new char[LongestPath];
            uint length = LongestPath;
            fixed (char* start = path)
            {
                // SAFETY: there is room for as many characters as are said.
                return QueryFullProcessImageName(_handle, 0, start, &length) != 0 ? Path.GetFileName(path[..(int)length]).ToString() : "?";
            }
        }
    }

    public bool IsEnding => ExitCode is not StillActive || WaitForSingleObject(_handle, 0) == Signaled;

    public Task<uint?> Ended
    {
        get
        {
            lock (_lock)
            {
                return _ended ??= Watch();
            }
        }
    }

    /// <summary>When it was started: intervals of 100 nanoseconds; 0 when that cannot be read.</summary>
    internal ulong StartTime
    {
        get
        {
            ulong start = 0;
            ulong end = 0;
            ulong kernel = 0;
            ulong user = 0;

            // SAFETY: four FILETIMEs of 64 bits each.
            return GetProcessTimes(_handle, &start, &end, &kernel, &user) != 0 ? start : 0;
        }
    }

    /// <summary>The number of the process that started it, which may be gone; 0 when that cannot be read.</summary>
    internal uint ParentId
    {
        get
        {
            nint* fields = stackalloc nint[BasicInformationFields];

            // SAFETY: PROCESS_BASIC_INFORMATION is that many fields, each as wide as a pointer.
            int status = NtQueryInformationProcess(_handle, BasicInformation, fields, (uint)(BasicInformationFields * sizeof(nint)), null);
            return status >= 0 ? (uint)fields[BasicInformationFields - 1] : 0;
        }
    }

    private uint? ExitCode
    {
        get
        {
            uint code = 0;
            return GetExitCodeProcess(_handle, &code) != 0 ? code : null;
        }
    }

    public void Dispose() => _handle.Dispose();

    internal static NativeProcess? TryOpen(uint processId)
    {
        SafeProcessHandle handle = OpenProcess(MaySynchronize | MayQueryLimited, 0, processId);
        if (!handle.IsInvalid)
        {
            return new NativeProcess(handle, processId);
        }

        handle.Dispose();
        return null;
    }

    private Task<uint?> Watch()
    {
        // A thread of the pool waits for many processes at once.
        var ended = new TaskCompletionSource<uint?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var waitable = new ProcessWaitHandle(_handle);
        ThreadPool.RegisterWaitForSingleObject(
            waitable,
            (_, _) =>
            {
                ended.TrySetResult(ExitCode);
                waitable.Dispose();
            },
            null,
            Timeout.Infinite,
            executeOnlyOnce: true);
        return ended.Task;
    }

    [LibraryImport("kernel32.dll")]
    private static partial SafeProcessHandle OpenProcess(uint access, int inherit, uint processId);

    [LibraryImport("kernel32.dll")]
    private static partial int GetExitCodeProcess(SafeProcessHandle process, uint* code);

    [LibraryImport("kernel32.dll")]
    private static partial uint WaitForSingleObject(SafeProcessHandle process, uint milliseconds);

    [LibraryImport("kernel32.dll")]
    private static partial int GetProcessTimes(SafeProcessHandle process, ulong* start, ulong* end, ulong* kernel, ulong* user);

    [LibraryImport("kernel32.dll", EntryPoint = "QueryFullProcessImageNameW")]
    private static partial int QueryFullProcessImageName(SafeProcessHandle process, uint flags, char* path, uint* length);

    [LibraryImport("ntdll.dll")]
    private static partial int NtQueryInformationProcess(SafeProcessHandle process, int what, nint* answer, uint length, uint* answered);

    private sealed class ProcessWaitHandle : WaitHandle
    {
        // The process handle stays the process's own.
        internal ProcessWaitHandle(SafeProcessHandle process) =>
            SafeWaitHandle = new SafeWaitHandle(process.DangerousGetHandle(), ownsHandle: false);
    }
}
