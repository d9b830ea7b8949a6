using System.Diagnostics.CodeAnalysis;

namespace BackupFs.Storage.Objects;

/// <summary>Which blocks a <see cref="DiskCache"/> has, least recently used first, and how large they are. Thread-safe.</summary>
/// <param name="limit">Bytes of all blocks at most.</param>
internal sealed class DiskCacheIndex(long limit)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<BlockName, LinkedListNode<CachedBlock>> _blocks = [];
    private readonly LinkedList<CachedBlock> _byUse = new();
    private long _bytes;

    /// <summary>Bytes of all blocks, those that are being written included.</summary>
    internal long Bytes
    {
        get
        {
            lock (_lock)
            {
                return _bytes;
            }
        }
    }

    /// <summary>Whether a block can be read.</summary>
    internal bool Contains(BlockName name)
    {
        lock (_lock)
        {
            return _blocks.TryGetValue(name, out var node) && node.Value.IsWritten;
        }
    }

    /// <summary>A block that can be read, which is thereby used.</summary>
    internal bool TryUse(BlockName name, [NotNullWhen(true)] out CachedBlock? block)
    {
        lock (_lock)
        {
            if (!_blocks.TryGetValue(name, out var node) || !node.Value.IsWritten)
            {
                block = null;
                return false;
            }

            _byUse.Remove(node);
            _byUse.AddLast(node);
            block = node.Value;
            return true;
        }
    }

    /// <summary>
    /// Makes room for a block that is going to be written; false if it is there, or larger than the cache. The files of
    /// <paramref name="evicted"/> have to be deleted.
    /// </summary>
    internal bool TryAdd(BlockName name, long size, bool isWritten, List<BlockName> evicted)
    {
        lock (_lock)
        {
            if (size > limit || _blocks.ContainsKey(name))
            {
                return false;
            }

            for (var node = _byUse.First; node is not null && _bytes + size > limit;)
            {
                var next = node.Next;
                if (node.Value.IsWritten)
                {
                    evicted.Add(node.Value.Name);
                    Remove(node);
                }

                node = next;
            }

            if (_bytes + size > limit)
            {
                return false;
            }

            _blocks.Add(name, _byUse.AddLast(new CachedBlock(name, size) { IsWritten = isWritten }));
            _bytes += size;
            return true;
        }
    }

    /// <summary>A block of <see cref="TryAdd"/> can be read now.</summary>
    internal void Written(BlockName name)
    {
        lock (_lock)
        {
            if (_blocks.TryGetValue(name, out var node))
            {
                node.Value.IsWritten = true;
            }
        }
    }

    /// <summary>Forgets a block.</summary>
    internal void Remove(BlockName name)
    {
        lock (_lock)
        {
            if (_blocks.TryGetValue(name, out var node))
            {
                Remove(node);
            }
        }
    }

    private void Remove(LinkedListNode<CachedBlock> node)
    {
        _byUse.Remove(node);
        _blocks.Remove(node.Value.Name);
        _bytes -= node.Value.Size;
    }
}
