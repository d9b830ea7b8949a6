using System.Buffers;

namespace BackupFs.Storage;

/// <summary>
/// The blocks that <see cref="VerifiedFile"/>s verified last, least recently used out first, bounded in bytes over all
/// files that share it, so that many open files do not add up. Thread-safe.
/// </summary>
/// <remarks>
/// Blocks in use are never taken away, so the budget can be exceeded by one block a concurrent reader. Buffers are rented from
/// <see cref="ArrayPool{T}.Shared"/>.
/// </remarks>
/// <param name="budgetBytes">How many bytes to keep; one block is kept in any case.</param>
public sealed class VerifiedBlockCache(long budgetBytes)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(VerifiedFile File, int Index), LinkedListNode<VerifiedBlock>> _blocks = [];
    private readonly LinkedList<VerifiedBlock> _byUse = new();
    private long _bytes;

    /// <summary>The one that files share unless told otherwise: 128 MiB.</summary>
    public static VerifiedBlockCache Shared { get; } = new(128 << 20);

    /// <summary>Bytes kept now.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
            {
                return _bytes;
            }
        }
    }

    /// <summary>Pins a block. With <paramref name="isNew"/> the caller has to load it and call <see cref="CompleteLoad"/>.</summary>
    internal VerifiedBlock Acquire(VerifiedFile file, int index, int length, out bool isNew)
    {
        lock (_lock)
        {
            isNew = !_blocks.TryGetValue((file, index), out var node);
            if (isNew)
            {
                node = _byUse.AddLast(new VerifiedBlock(file, index, length));
                _blocks.Add((file, index), node);
                _bytes += length;
                Trim(node);
            }
            else if (node!.Next is not null)
            {
                _byUse.Remove(node);
                _byUse.AddLast(node);
            }

            node!.Value.Pins++;
            return node.Value;
        }
    }

    /// <summary>Whether a block is in the cache, loaded or being loaded.</summary>
    internal bool Contains(VerifiedFile file, int index)
    {
        lock (_lock)
        {
            return _blocks.ContainsKey((file, index));
        }
    }

    /// <summary>Waits until another call has loaded a pinned block; completed at once when it has.</summary>
    internal ValueTask<StorageError?> WhenLoaded(VerifiedBlock block, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (block.IsLoaded)
            {
                return default;
            }

            block.Waiters ??= new TaskCompletionSource<StorageError?>(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ValueTask<StorageError?>(block.Waiters.Task.WaitAsync(cancellationToken));
        }
    }

    /// <summary>Publishes the outcome of loading a block; a failed one leaves the cache, so that the next call tries again.</summary>
    internal void CompleteLoad(VerifiedBlock block, StorageError? error)
    {
        TaskCompletionSource<StorageError?>? waiters;
        lock (_lock)
        {
            block.IsLoaded = error is null;
            waiters = block.Waiters;
            if (error is not null)
            {
                // Waiters that came before now learn of the error; later ones find no block.
                block.Waiters ??= new TaskCompletionSource<StorageError?>();
                waiters = block.Waiters;
                Evict(block);
            }
        }

        waiters?.TrySetResult(error);
    }

    internal void Release(VerifiedBlock block)
    {
        lock (_lock)
        {
            block.Pins--;
            ReturnIfUnused(block);
        }
    }

    /// <summary>Drops the blocks of a file that is being closed.</summary>
    internal void Remove(VerifiedFile file)
    {
        lock (_lock)
        {
            for (var node = _byUse.First; node is not null;)
            {
                var next = node.Next;
                if (ReferenceEquals(node.Value.File, file))
                {
                    Evict(node.Value);
                }

                node = next;
            }
        }
    }

    private void Trim(LinkedListNode<VerifiedBlock> keep)
    {
        for (var node = _byUse.First; node is not null && _bytes > budgetBytes;)
        {
            var next = node.Next;
            if (node.Value.Pins == 0 && node != keep)
            {
                Evict(node.Value);
            }

            node = next;
        }
    }

    private void Evict(VerifiedBlock block)
    {
        if (_blocks.Remove((block.File, block.Index), out var node))
        {
            _byUse.Remove(node);
            _bytes -= block.Length;
            block.IsEvicted = true;
            ReturnIfUnused(block);
        }
    }

    private static void ReturnIfUnused(VerifiedBlock block)
    {
        if (block is { IsEvicted: true, Pins: 0 })
        {
            ArrayPool<byte>.Shared.Return(block.Buffer);
        }
    }
}
