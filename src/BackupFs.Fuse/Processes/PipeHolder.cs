using BackupFs.Fuse.Interop;

namespace BackupFs.Fuse.Processes;

/// <summary>A process that could write into some pipe when it was looked at, with a descriptor opened before that look.</summary>
internal sealed class PipeHolder(int processId, int parentId, ProcessDescriptor descriptor, string? name, List<PipeEnd> writes) : IDisposable
{
    private ProcessDescriptor? _descriptor = descriptor;

    internal int ProcessId { get; } = processId;

    /// <summary>Its parent then; 0 if unknown.</summary>
    internal int ParentId { get; } = parentId;

    /// <summary>Its name at that look; null when unreadable.</summary>
    internal string? Name { get; } = name;

    /// <summary>Its descriptors that write into pipes.</summary>
    internal IReadOnlyList<PipeEnd> Writes { get; } = writes;

    /// <summary>The process as it was taken over, once it was.</summary>
    internal WatchedProcess? Adopted { get; set; }

    /// <summary>Whether running another program closes all its ways to write into a pipe.</summary>
    internal bool ClosesOnExec(long pipe) => Writes.Where(end => end.Pipe == pipe).All(static end => end.ClosesOnExec);

    /// <summary>Hands the descriptor over, once.</summary>
    internal ProcessDescriptor? TakeDescriptor() => Interlocked.Exchange(ref _descriptor, null);

    /// <inheritdoc/>
    public void Dispose() => TakeDescriptor()?.Dispose();
}
