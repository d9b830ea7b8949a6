namespace BackupFs.Storage.Objects;

/// <summary>
/// The readers of a storage and the objects they read: readers of the same object share its blocks, and all readers share
/// the memory for reading ahead. Thread-safe.
/// </summary>
/// <remarks>Its lock is never held while an object's gate is taken.</remarks>
internal sealed class OpenObjects : IMemoryReclaimer
{
    /// <summary>What a single reader keeps on its way at most.</summary>
    internal const long LargestWindow = 64 << 20;

    /// <summary>How long nothing is read ahead after somebody waited for memory.</summary>
    private static readonly TimeSpan PressureTime = TimeSpan.FromMilliseconds(250);

    private readonly MemoryBudget _memory;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<(StoredObject, FileChecksums?), ObjectBlocks> _objects = [];
    private readonly List<ObjectReader> _readers = [];
    private IDisposable? _registration;
    private int _streaming;
    private long _pressureStart;
    private volatile bool _wasPressed;

    /// <param name="memory">The budget.</param>
    /// <param name="time">The clock.</param>
    /// <param name="requests">Requests under way at the same time at most.</param>
    internal OpenObjects(MemoryBudget memory, TimeProvider time, int requests)
    {
        (_memory, _time) = (memory, time);
        Ahead = new FilesAhead(this, requests, time);
    }

    /// <summary>Read-ahead goes before everything else.</summary>
    public int Priority => 0;

    /// <inheritdoc/>
    public long Reclaimable => Snapshot().Sum(reader => reader.Reclaimable);

    /// <summary>Small files that were fetched before anybody opened them.</summary>
    internal FilesAhead Ahead { get; }

    /// <summary>A fetch that waits for memory while it holds some needs its turn; see <see cref="FetchMemory"/>.</summary>
    internal SemaphoreSlim LargeBlocks { get; } = new(1, 1);

    /// <summary>Bytes one reader may read ahead now: its share of half the memory, a quarter of it at most.</summary>
    internal long WindowLimit =>
        Math.Min(LargestWindow, Math.Min(_memory.Limit / 4, _memory.Limit / 2 / Math.Max(1, Volatile.Read(ref _streaming))));

    /// <summary>Whether somebody waited for memory a moment ago: what can be done without is not kept.</summary>
    internal bool IsUnderPressure
    {
        get
        {
            if (_wasPressed && _time.GetElapsedTime(Volatile.Read(ref _pressureStart)) > PressureTime)
            {
                _wasPressed = false;
            }

            return _wasPressed;
        }
    }

    /// <summary>Whether what can be done without had better not be kept: memory is short, or will soon be.</summary>
    internal bool IsMemoryScarce => IsUnderPressure || _memory.Used > _memory.Limit / 4 * 3;

    /// <inheritdoc/>
    public ValueTask ReclaimAsync(CancellationToken cancellationToken)
    {
        Volatile.Write(ref _pressureStart, _time.GetTimestamp());
        _wasPressed = true;
        GiveUp(Math.Max(4L * MemoryBudget.GranuleBytes, Reclaimable / 4));
        return ValueTask.CompletedTask;
    }

    /// <summary>Drops what readers keep: at least this many bytes, if there are as many, of those that were idle longest first.</summary>
    internal void GiveUp(long wanted)
    {
        var readers = Snapshot();
        Array.Sort(readers, (one, other) => one.LastRead.CompareTo(other.LastRead));
        foreach (var reader in readers)
        {
            if (wanted <= 0)
            {
                break;
            }

            wanted -= reader.GiveUp(wanted);
        }
    }

    /// <summary>A reader became, or is no longer, one that reads ahead.</summary>
    internal void ChangeStreaming(int change) => Interlocked.Add(ref _streaming, change);

    /// <summary>A reader is there; returns the blocks of its object.</summary>
    internal ObjectBlocks Open(ObjectReader reader, TransferContext context, BlockLayout layout)
    {
        lock (_lock)
        {
            if (_readers.Count == 0)
            {
                _registration = _memory.AddReclaimer(this);
            }

            _readers.Add(reader);
            var identity = (layout.Stored, layout.Checksums);
            if (!_objects.TryGetValue(identity, out var blocks))
            {
                blocks = new ObjectBlocks(context, layout);
                _objects.Add(identity, blocks);
            }

            blocks.Readers++;
            return blocks;
        }
    }

    /// <summary>A reader is gone; whether it was the last one of its object.</summary>
    internal bool Close(ObjectReader reader, ObjectBlocks blocks)
    {
        lock (_lock)
        {
            _readers.Remove(reader);
            if (_readers.Count == 0)
            {
                _registration?.Dispose();
                _registration = null;
            }

            if (--blocks.Readers > 0)
            {
                return false;
            }

            _objects.Remove((blocks.Layout.Stored, blocks.Layout.Checksums));
            return true;
        }
    }

    private ObjectReader[] Snapshot()
    {
        lock (_lock)
        {
            return [.. _readers];
        }
    }
}
