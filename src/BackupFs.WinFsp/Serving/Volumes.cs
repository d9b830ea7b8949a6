using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace BackupFs.WinFsp.Serving;

/// <summary>
/// The volumes of this process by WinFsp's number for each, which is all that a callback is told. Thread-safe.
/// </summary>
internal static class Volumes
{
    private static readonly ConcurrentDictionary<nint, Volume> All = new();

    internal static void Add(nint fileSystem, Volume volume)
    {
        if (!All.TryAdd(fileSystem, volume))
        {
            throw new InvalidOperationException("WinFsp gave two volumes the same number.");
        }
    }

    internal static void Remove(nint fileSystem) => All.TryRemove(fileSystem, out _);

    internal static Volume Of(nint fileSystem) => All.TryGetValue(fileSystem, out Volume? volume)
        ? volume
        : throw new InvalidOperationException("A callback for a volume that is not mounted.");

    /// <summary>What an exception answers: logged where the volume is known, and never passed on.</summary>
    internal static NtStatus Failed(nint fileSystem, Exception exception, [CallerMemberName] string operation = "") =>
        All.TryGetValue(fileSystem, out Volume? volume)
            ? volume.Failed(exception, operation)
            : NtStatus.InvalidDeviceRequest;
}
