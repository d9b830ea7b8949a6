namespace BackupFs.Storage.Objects;

/// <summary>
/// The blocks that one reader keeps: those it was read from last, and those that were fetched ahead. Everything happens under
/// the gate of its <see cref="ObjectBlocks"/>.
/// </summary>
internal sealed class ReadAhead(ObjectBlocks blocks)
{
    private readonly ReadRuns _runs = new();
    private readonly Dictionary<int, KeptBlock> _kept = [];
    private bool _isStreaming;

    private BlockLayout Layout => blocks.Layout;

    private OpenObjects Readers => blocks.Context.Readers;

    /// <summary>Takes notice of a read.</summary>
    /// <param name="start">Its first byte.</param>
    /// <param name="end">The byte after it.</param>
    /// <param name="isHeld">Whether its blocks are in memory or on their way.</param>
    internal ReadRun Note(long start, long end, bool isHeld)
    {
        var run = _runs.Note(start, end, isHeld, Readers.WindowLimit);
        SetStreaming(_runs.All.Exists(other => other is { IsContinued: true, IsAbandoned: false }));
        return run;
    }

    /// <summary>Fetches ahead of a run what its window asks for, as far as there is memory.</summary>
    internal void Extend(ReadRun run)
    {
        var windows = 0;
        foreach (var other in _runs.All)
        {
            windows += other.Window(1) > 0 ? 1 : 0;
        }

        var window = run.Window(Readers.WindowLimit / Math.Max(1, windows));
        if (window == 0 || Readers.IsUnderPressure)
        {
            return;
        }

        var behindFront = Layout.IndexOf(run.End - 1) + 1;
        var target = (int)FileChecksums.CountBlocks(Math.Min(Layout.Size, run.End + window), Layout.BlockSize);
        var perFetch = (int)Math.Clamp(window / 4 / Layout.BlockSize, 1, Math.Max(1, BlockFetch.LargestGet / Layout.BlockSize));
        var next = Math.Max(run.ScheduledEnd, behindFront);
        while (next < target)
        {
            var count = Math.Min(perFetch, target - next);
            if (count < perFetch && target < Layout.Count && next > behindFront)
            {
                // Something is on its way already: wait until a GET of full size is worth it.
                break;
            }

            var begun = Begin(next, count);
            if (begun == 0)
            {
                break;
            }

            next += begun;
        }

        run.ScheduledEnd = next;
    }

    /// <summary>The first block, fetched now if it is not here; null if there is no memory for it.</summary>
    internal Block? TryKeepFirst() => Begin(0, 1) > 0 && blocks.TryFind(0, out var block) ? block : null;

    /// <summary>A read took bytes of a block: keeps it for the next ones.</summary>
    internal void Served(Block block, int bytes)
    {
        if (!_kept.TryGetValue(block.Index, out var kept) || kept.Block != block)
        {
            Drop(block.Index);
            kept = Keep(block);
        }

        kept.Served += bytes;
    }

    /// <summary>Drops what is of no use any more.</summary>
    internal void Trim()
    {
        // Reads that were overtaken still come: a block or two behind the front, if there is memory to spare.
        var isScarce = Readers.IsMemoryScarce;
        foreach (var (index, kept) in _kept)
        {
            if (!IsUseful(index, kept, isScarce))
            {
                Drop(index);
            }
        }
    }

    /// <summary>Bytes of memory that <see cref="GiveUp"/> could give back.</summary>
    internal long Reclaimable => _kept.Values.Where(kept => kept.Block.References == 1).Sum(kept => Layout.MemoryOf(kept.Block.Index));

    /// <summary>Drops blocks of this many bytes of memory, if it has them: the furthest from the front first. Returns how many.</summary>
    internal long GiveUp(long wanted)
    {
        long given = 0;
        while (given < wanted && _kept.Values.Where(kept => kept.Block.References == 1).MaxBy(kept => kept.Block.Index) is { } last)
        {
            given += Layout.MemoryOf(last.Block.Index);
            Drop(last.Block.Index);
            foreach (var run in _runs.All)
            {
                run.ScheduledEnd = Math.Min(run.ScheduledEnd, last.Block.Index);
                run.Progress /= 2;
            }
        }

        return given;
    }

    /// <summary>Drops everything, and reads nothing ahead until reads are in order again.</summary>
    internal void Reset()
    {
        foreach (var index in _kept.Keys)
        {
            Drop(index);
        }

        _runs.All.ForEach(run => run.Restart());
        SetStreaming(false);
    }

    private bool IsUseful(int index, KeptBlock kept, bool isScarce)
    {
        var isConsumed = kept.Served >= kept.Block.Length;
        var isSmall = kept.Block.Length <= BlockFetch.LargestGet;
        foreach (var run in _runs.All)
        {
            if (run.IsAbandoned)
            {
                continue;
            }

            var front = Layout.IndexOf(run.End - 1);
            var isBehind = index <= front && run.End - (Layout.StartOf(index) + kept.Block.Length) < ReadRuns.Near;
            var isLatest = index >= Layout.IndexOf(run.LastStart) && index <= Layout.IndexOf(run.LastEnd - 1);
            if ((index > front && index < run.ScheduledEnd)
                || (isBehind && !isConsumed && (run.IsContinued || isLatest))
                || (isSmall && !isScarce && (isLatest || (isBehind && index == front - 1)))
                || (isLatest && !isConsumed))
            {
                return true;
            }
        }

        return false;
    }

    private int Begin(int first, int count)
    {
        if (blocks.TryFind(first, out var present))
        {
            if (!_kept.TryGetValue(first, out var kept) || kept.Block != present)
            {
                Drop(first);
                Keep(present);
            }

            return 1;
        }

        var missing = 1;
        while (missing < count && !blocks.TryFind(first + missing, out _))
        {
            missing++;
        }

        var fetch = blocks.TryStartAhead(first, missing);
        foreach (var block in fetch?.Blocks ?? [])
        {
            Drop(block.Index);
            Keep(block);
        }

        return fetch?.Blocks.Length ?? 0;
    }

    private KeptBlock Keep(Block block)
    {
        block.References++;
        return _kept[block.Index] = new KeptBlock(block);
    }

    private void Drop(int index)
    {
        if (_kept.Remove(index, out var kept))
        {
            blocks.Release(kept.Block);
        }
    }

    private void SetStreaming(bool isStreaming)
    {
        if (isStreaming != _isStreaming)
        {
            _isStreaming = isStreaming;
            Readers.ChangeStreaming(isStreaming ? 1 : -1);
        }
    }

    private sealed class KeptBlock(Block block)
    {
        internal Block Block => block;

        /// <summary>Bytes that reads took; what is read twice counts twice.</summary>
        internal long Served { get; set; }
    }
}
