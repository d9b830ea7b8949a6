namespace BackupFs.Storage.Objects;

/// <summary>
/// Reads ahead across the small files of a complete backup: while its files are read one after another, in an order in which
/// programs read trees, the next ones are fetched before they are opened. Thread-safe.
/// </summary>
/// <remarks>Reads count, not opens: a program that finds a file in the kernel's page cache opens it as well.</remarks>
internal sealed class TreeReadAhead
{
    /// <summary>The largest file that is fetched ahead: one granule, and one block.</summary>
    internal const long LargestFile = MemoryBudget.GranuleBytes;

    private readonly TransferContext _context;
    private readonly string _prefix;
    private readonly Lazy<Following[]> _orders;
    private FileOrder? _order;
    private FileRun? _run;

    /// <param name="context">What all transfers share.</param>
    /// <param name="root">The tree, which does not change.</param>
    /// <param name="prefix">What the objects' keys begin with before the paths.</param>
    internal TreeReadAhead(TransferContext context, TreeNode root, string prefix)
    {
        (_context, _prefix) = (context, prefix);
        _orders = new(() =>
        [
            new Following(FileOrder.DepthFirst(root), new FileRuns()),
            new Following(FileOrder.FilesFirst(root), new FileRuns()),
        ]);
    }

    private FilesAhead Files => _context.Readers.Ahead;

    /// <summary>A reader of a file that is not empty: the one that it was fetched ahead with, or a new one.</summary>
    internal ObjectReader Open(StoredContent content)
    {
        lock (Files.Gate)
        {
            if (Files.Take(content) is { } ahead)
            {
                return ahead;
            }
        }

        return NewReader(content);
    }

    /// <summary>A file is being read for the first time since it was opened. Begins to fetch what follows it.</summary>
    internal void Read(TreeNode file)
    {
        var orders = _orders.Value;
        lock (Files.Gate)
        {
            (_order, _run) = (null, null);
            foreach (var (order, runs) in orders)
            {
                // Where both orders go on, the one that has gone on for longer is the true one.
                if (runs.Note(order.PlaceOf(file), Files.WindowLimit) is { } run && !(_run?.Length >= run.Length))
                {
                    (_order, _run) = (order, run);
                }
            }

            Continue();
        }
    }

    /// <summary>Goes on fetching what follows the latest file. Under the gate of <see cref="FilesAhead"/>.</summary>
    internal void Continue()
    {
        if (_order is not null && _run is not null)
        {
            Extend(_order, _run);
        }
    }

    /// <summary>Gives up what was fetched: nobody will read it.</summary>
    internal void Stop() => Files.Drop(this);

    private void Extend(FileOrder order, FileRun run)
    {
        var target = Math.Min(order.Count, run.Front + 1 + run.Window);
        var next = Math.Max(run.ScheduledEnd, run.Front + 1);
        while (next < target && Fetch((StoredContent)order[next].Content!, run))
        {
            next++;
        }

        run.ScheduledEnd = next;
    }

    /// <summary>Whether to look at the next file: this one is on its way, or too large.</summary>
    private bool Fetch(StoredContent content, FileRun run) =>
        content.Size > LargestFile || Files.TryAdd(content, this, run, NewReader);

    private ObjectReader NewReader(StoredContent content) =>
        new(_context, content.Object!, content.Checksums, content.Object!.Key[_prefix.Length..]);

    private readonly record struct Following(FileOrder Order, FileRuns Runs);
}
