using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace BackupFs.WinFsp.Serving;

/// <summary>
/// The opens of a volume by the number that the driver knows each by. A number that is wrong or stale finds nothing, which a pointer
/// would not. Thread-safe.
/// </summary>
internal sealed class OpenHandles
{
    private readonly ConcurrentDictionary<nint, WinFspHandle> _handles = new();
    private long _last;

    /// <summary>Opens that were not closed.</summary>
    internal int Count => _handles.Count;

    /// <summary>A number, never 0, for an open. On 32 bits they come round again, past those in use.</summary>
    internal nint Add(WinFspHandle handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        nint number;
        do
        {
            number = (nint)Interlocked.Increment(ref _last);
        }
        while (number == 0 || !_handles.TryAdd(number, handle));

        return number;
    }

    internal bool TryGet(nint number, [NotNullWhen(true)] out WinFspHandle? handle) => _handles.TryGetValue(number, out handle);

    internal bool TryRemove(nint number, [NotNullWhen(true)] out WinFspHandle? handle) => _handles.TryRemove(number, out handle);
}
