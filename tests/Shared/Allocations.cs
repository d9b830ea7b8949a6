namespace BackupFs.Testing;

/// <summary>Measures what code allocates on the thread that runs it.</summary>
internal static class Allocations
{
    private const int Tries = 10;

    /// <summary>
    /// Bytes that a call allocates, the least of ten: what the runtime allocates for itself now and then (for a lock that somebody else
    /// holds, say) is not the code's, and what the code allocates is there every time.
    /// </summary>
    internal static long Of(Action call)
    {
        ArgumentNullException.ThrowIfNull(call);
        var least = long.MaxValue;
        for (var tried = 0; tried < Tries; tried++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            call();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
