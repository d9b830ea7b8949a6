namespace BackupFs.Fuse.Processes;

/// <summary>Who could write into which pipe, from one look at all processes. Dispose closes the descriptors that nobody took over.</summary>
internal sealed class PipeHolders : IDisposable
{
    private readonly Dictionary<long, List<PipeHolder>> _byPipe = [];
    private readonly Dictionary<int, PipeHolder> _byProcessId = [];

    internal void Add(PipeHolder holder)
    {
        _byProcessId[holder.ProcessId] = holder;
        foreach (long pipe in holder.Writes.Select(static end => end.Pipe).Distinct())
        {
            if (!_byPipe.TryGetValue(pipe, out List<PipeHolder>? holders))
            {
                _byPipe[pipe] = holders = [];
            }

            holders.Add(holder);
        }
    }

    /// <summary>None for pipe 0.</summary>
    internal IReadOnlyList<PipeHolder> WritersOf(long pipe) => _byPipe.GetValueOrDefault(pipe) ?? [];

    /// <summary>The parent that a holder had when it was looked at; null for others.</summary>
    internal int? ParentOf(int processId) => _byProcessId.GetValueOrDefault(processId)?.ParentId;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PipeHolder holder in _byProcessId.Values)
        {
            holder.Dispose();
        }
    }
}
