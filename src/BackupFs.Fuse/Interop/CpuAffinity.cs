namespace BackupFs.Fuse.Interop;

/// <summary>On which CPUs threads may run.</summary>
internal static unsafe class CpuAffinity
{
    private const int MaskBytes = 1024; // 8,192 CPUs

    /// <summary>The CPUs the process may use (those of its first thread), in ascending order.</summary>
    internal static IReadOnlyList<int> OfProcess()
    {
        byte[] mask = new byte[MaskBytes];
        int result;
        // SAFETY: the array is pinned for the call and its length is given.
        fixed (byte* pointer = mask)
        {
            result = Libc.sched_getaffinity(Environment.ProcessId, MaskBytes, pointer);
        }

        return result < 0 ? [] : [.. Enumerable.Range(0, MaskBytes * 8).Where(cpu => (mask[cpu / 8] & (1 << (cpu % 8))) != 0)];
    }

    /// <summary>Keeps the calling thread on one CPU; false when the system refuses.</summary>
    internal static bool TryPinCurrentThread(int cpu)
    {
        byte[] mask = new byte[MaskBytes];
        mask[cpu / 8] = (byte)(1 << (cpu % 8));
        // SAFETY: the array is pinned for the call and its length is given.
        fixed (byte* pointer = mask)
        {
            return Libc.sched_setaffinity(0, MaskBytes, pointer) == 0;
        }
    }
}
