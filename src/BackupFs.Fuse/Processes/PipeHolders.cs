namespace BackupFs.Fuse.Processes;

/// <summary>Who could write into which pipe, from one look at all processes. Dispose closes the descriptors that nobody took over.</summary>
internal sealed class PipeHolders : IDisposable
{
    private readonly Dictionary<long, List<PipeHolder>> _byPipe = [];
    private readonly List<PipeHolder> _all = [];

    internal void Add(PipeHolder holder)
    {
        _all.Add(holder);
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

    /// <inheritdoc/>
    public void Dispose() => _all.ForEach(static holder => holder.Dispose());
}
