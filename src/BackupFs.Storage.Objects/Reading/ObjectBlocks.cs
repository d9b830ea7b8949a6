using System.Diagnostics.CodeAnalysis;

namespace BackupFs.Storage.Objects;

/// <summary>
/// The blocks of one object that are in memory or on their way, shared by all its readers. Everything but
/// what says otherwise happens under <see cref="Gate"/>, which is never held across a wait.
/// </summary>
internal sealed class ObjectBlocks(TransferContext context, BlockLayout layout)
{
    private readonly Dictionary<int, Block> _blocks = [];
    private readonly HashSet<BlockFetch> _fetches = [];
    private readonly HashSet<int> _reported = [];

    /// <summary>Guards the blocks, and what the object's readers know of them.</summary>
    internal Lock Gate { get; } = new();

    /// <summary>How the object is divided.</summary>
    internal BlockLayout Layout => layout;

    /// <summary>Store, memory and cache.</summary>
    internal TransferContext Context => context;

    /// <summary>How many readers share it; under the lock of <see cref="OpenObjects"/>.</summary>
    internal int Readers { get; set; }

    /// <summary>A block that is loaded or loading.</summary>
    internal bool TryFind(int index, [NotNullWhen(true)] out Block? block) => _blocks.TryGetValue(index, out block);

    /// <summary>
    /// Begins to fetch blocks that a read waits for; none of them may be here. The first one waits for memory if it must,
    /// the others are given up if there is none.
    /// </summary>
    internal BlockFetch StartDemanded(int first, int count) => Start(first, count, null);

    /// <summary>
    /// Begins to fetch blocks ahead, as many of them as there is memory for right now. None of them may be here. Returns null
    /// without memory.
    /// </summary>
    internal BlockFetch? TryStartAhead(int first, int count)
    {
        var granules = new List<Granule>();
        var fits = 0;
        for (; fits < count; fits++)
        {
            var before = granules.Count;
            if (!TryRent(granules, layout.GranulesOf(first + fits)))
            {
                granules.RemoveRange(before, granules.Count - before);
                break;
            }
        }

        return fits == 0 ? null : Start(first, fits, granules);
    }

    /// <summary>Rents granules for a block; all or none.</summary>
    internal bool TryRent(List<Granule> granules, int count)
    {
        var before = granules.Count;
        for (var i = 0; i < count; i++)
        {
            if (context.Memory.TryRent() is not { } granule)
            {
                for (var rented = before; rented < granules.Count; rented++)
                {
                    granules[rented].Dispose();
                }

                granules.RemoveRange(before, granules.Count - before);
                return false;
            }

            granules.Add(granule);
        }

        return true;
    }

    /// <summary>Gives a reference up. A loaded block without one is freed; a fetch of which nobody wants a block is cancelled.</summary>
    internal void Release(Block block)
    {
        if (--block.References > 0)
        {
            return;
        }

        if (block.State == BlockState.Loaded)
        {
            Forget(block);
            block.Free();
        }

        if (block.Fetch.IsUnwanted)
        {
            foreach (var unwanted in block.Fetch.Blocks)
            {
                Forget(unwanted);
            }

            block.Fetch.Cancel();
        }
    }

    /// <summary>The outcome of a block that was loading; takes the gate.</summary>
    internal void Settle(Block block, BlockState state, StorageError? error = null)
    {
        lock (Gate)
        {
            block.Settle(state, error);
            if (state != BlockState.Loaded || block.References == 0)
            {
                Forget(block);
                block.Free();
            }
        }

        block.Announce();
    }

    /// <summary>Whether an error of this block is to be logged: once.</summary>
    internal bool IsNews(int index)
    {
        lock (Gate)
        {
            return _reported.Add(index);
        }
    }

    /// <summary>A fetch has ended; takes the gate.</summary>
    internal void Ended(BlockFetch fetch)
    {
        lock (Gate)
        {
            _fetches.Remove(fetch);
            fetch.IsEnded = true;
        }
    }

    /// <summary>
    /// Returns when the fetches that were cancelled have ended and given their memory back; with <paramref name="all"/>, the
    /// other ones, too. Takes the gate.
    /// </summary>
    internal Task WhenEnded(bool all)
    {
        lock (Gate)
        {
            return Task.WhenAll(_fetches.Where(fetch => all || fetch.IsCancelled).Select(fetch => fetch.Completion).ToArray());
        }
    }

    private BlockFetch Start(int first, int count, List<Granule>? granules)
    {
        var fetch = new BlockFetch(this, first, count, isAhead: granules is not null);
        var next = 0;
        foreach (var block in fetch.Blocks)
        {
            _blocks.Add(block.Index, block);
            if (granules is not null)
            {
                var needed = layout.GranulesOf(block.Index);
                block.Granules = [.. granules.GetRange(next, needed)];
                next += needed;
            }
        }

        _fetches.Add(fetch);
        fetch.Start();
        return fetch;
    }

    private void Forget(Block block)
    {
        if (_blocks.TryGetValue(block.Index, out var present) && present == block)
        {
            _blocks.Remove(block.Index);
        }
    }
}
