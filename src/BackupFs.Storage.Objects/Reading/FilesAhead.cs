using System.Diagnostics.CodeAnalysis;

namespace BackupFs.Storage.Objects;

/// <summary>
/// Small files of all trees that were fetched, or are being fetched, before anybody opened them: readers that wait for whoever
/// opens their file. Thread-safe.
/// </summary>
/// <remarks>
/// <para>What they hold is a reader's memory as any other (see <see cref="OpenObjects"/>): it is rented only while nobody waits
/// for some, and given back to who needs it. Half of the requests at once are never used here, so that what somebody waits
/// for finds one free.</para>
/// <para>Under <see cref="Gate"/> the lock of <see cref="OpenObjects"/> and the gates of objects are taken, never the other way round.</para>
/// </remarks>
[SuppressMessage("Reliability", "CA1001", Justification = "A timer that ends by itself holds nothing.")]
internal sealed class FilesAhead(OpenObjects readers, int requests, TimeProvider time)
{
    /// <summary>How long files wait for somebody who opens them while nobody opens any.</summary>
    internal static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);

    private readonly Dictionary<StoredContent, LinkedListNode<FileAhead>> _byContent = new(ReferenceEqualityComparer.Instance);
    private readonly LinkedList<FileAhead> _byAge = new();
    private ITimer? _idle;
    private bool _isIdleWatched;
    private bool _wasUsed;
    private int _underWay;
    private TreeReadAhead? _held;

    /// <summary>Guards the files, and what the trees know of how they are read.</summary>
    internal Lock Gate { get; } = new();

    /// <summary>Fetches under way at most.</summary>
    internal int UnderWayLimit { get; } = Math.Max(1, requests / 2);

    /// <summary>Files held at most; each takes a granule.</summary>
    internal int Limit => (int)(readers.WindowLimit / MemoryBudget.GranuleBytes);

    /// <summary>How many files a tree may have ahead: the other half is for those that were overtaken.</summary>
    internal int WindowLimit => Math.Min(requests, Math.Max(1, Limit / 2));

    /// <summary>Files held.</summary>
    internal int Count
    {
        get
        {
            lock (Gate)
            {
                return _byAge.Count;
            }
        }
    }

    /// <summary>The reader of a file that was fetched ahead, which is the caller's from now on; null if it was not. Under the gate.</summary>
    internal ObjectReader? Take(StoredContent content)
    {
        _wasUsed = true;
        return _byContent.TryGetValue(content, out var node) ? Remove(node).Reader : null;
    }

    /// <summary>
    /// Begins to fetch a file of one block. False if that cannot be done now; if it is for too many requests, the owner is
    /// called as soon as one has ended. Under the gate.
    /// </summary>
    /// <param name="content">The file.</param>
    /// <param name="owner">Whose file it is.</param>
    /// <param name="run">Learns if nobody opened it.</param>
    /// <param name="open">Makes a reader of it.</param>
    internal bool TryAdd(StoredContent content, TreeReadAhead owner, FileRun run, Func<StoredContent, ObjectReader> open)
    {
        if (_byContent.ContainsKey(content))
        {
            return true;
        }

        if (_underWay >= UnderWayLimit)
        {
            _held = owner;
            return false;
        }

        if (readers.IsMemoryScarce)
        {
            return false;
        }

        while (_byAge.Count > 0 && _byAge.Count >= Limit)
        {
            Discard(_byAge.First!);
        }

        var reader = open(content);
        if (reader.TryFetchAhead() is not { } fetched)
        {
            _ = reader.DisposeAsync().AsTask();
            return false;
        }

        if (_byAge.Count == 0)
        {
            readers.ChangeStreaming(1);
        }

        _byContent.Add(content, _byAge.AddLast(new FileAhead(reader, content, owner, run)));
        _underWay++;
        _ = EndAsync(fetched);
        WatchIdle();
        return true;
    }

    /// <summary>Gives up the files of an owner.</summary>
    internal void Drop(TreeReadAhead owner) => Drop(file => file.Owner == owner);

    /// <summary>Gives up the files whose keys begin with a prefix.</summary>
    internal void DropBelow(string prefix) => Drop(file => file.Content.Object!.Key.StartsWith(prefix, StringComparison.Ordinal));

    private void Drop(Func<FileAhead, bool> isDropped)
    {
        lock (Gate)
        {
            _held = null;
            for (var node = _byAge.First; node is not null;)
            {
                var next = node.Next;
                if (isDropped(node.Value))
                {
                    Discard(node);
                }

                node = next;
            }
        }
    }

    private async Task EndAsync(Task fetched)
    {
        await fetched.ConfigureAwait(false);
        lock (Gate)
        {
            _underWay--;
            (var held, _held) = (_held, null);
            held?.Continue();
        }
    }

    private void Discard(LinkedListNode<FileAhead> node)
    {
        var file = Remove(node);
        file.Run.Wasted();

        // It cancels what is under way, and waits for the end of that: nobody else has to. It throws nothing.
        _ = file.Reader.DisposeAsync().AsTask();
    }

    private FileAhead Remove(LinkedListNode<FileAhead> node)
    {
        _byContent.Remove(node.Value.Content);
        _byAge.Remove(node);
        if (_byAge.Count == 0)
        {
            readers.ChangeStreaming(-1);
        }

        return node.Value;
    }

    /// <summary>Under the gate.</summary>
    private void WatchIdle()
    {
        if (_isIdleWatched)
        {
            return;
        }

        _isIdleWatched = true;
        _wasUsed = false;
        _idle ??= time.CreateTimer(static files => ((FilesAhead)files!).OnIdle(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _idle.Change(IdleTime, Timeout.InfiniteTimeSpan);
    }

    private void OnIdle()
    {
        lock (Gate)
        {
            _isIdleWatched = false;
            if (!_wasUsed)
            {
                DropBelow("");
            }
            else if (_byAge.Count > 0)
            {
                WatchIdle();
            }
        }
    }

    private sealed record FileAhead(ObjectReader Reader, StoredContent Content, TreeReadAhead Owner, FileRun Run);
}
