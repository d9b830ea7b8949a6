namespace BackupFs.Storage.Objects;

/// <summary>
/// Brings consecutive blocks of an object into memory: from the disk cache where they are there, with few ranged GETs
/// otherwise; verifies them, and fetches once more what does not match.
/// </summary>
/// <remarks>
/// Once it has memory it needs no more, and every request of a store ends in bounded time: so every fetch ends, and its
/// memory comes back. See <see cref="FetchMemory"/> for how it waits for memory.
/// </remarks>
internal sealed class BlockFetch : IDisposable
{
    /// <summary>Bytes of a GET at most, so that a broken one costs little and several share a fast line.</summary>
    internal const int LargestGet = 8 << 20;

    private readonly ObjectBlocks _owner;
    private readonly BlockLayout _layout;
    private readonly TransferContext _context;
    private readonly CancellationTokenSource _cancellation = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _cancelling = Task.CompletedTask;

    internal BlockFetch(ObjectBlocks owner, int first, int count, bool isAhead)
    {
        (_owner, _layout, _context, IsAhead) = (owner, owner.Layout, owner.Context, isAhead);
        Blocks = new Block[count];
        for (var i = 0; i < count; i++)
        {
            Blocks[i] = new Block(this, first + i, _layout.LengthOf(first + i));
        }
    }

    /// <summary>The blocks, in order.</summary>
    internal Block[] Blocks { get; }

    /// <summary>Whether nobody waited for it when it began.</summary>
    internal bool IsAhead { get; }

    /// <summary>Whether it was told to stop; under the gate.</summary>
    internal bool IsCancelled { get; private set; }

    /// <summary>Whether it is over; under the gate.</summary>
    internal bool IsEnded { get; set; }

    /// <summary>Whether nobody has a reference to any of its blocks; under the gate.</summary>
    internal bool IsUnwanted => !IsCancelled && !IsEnded && Array.TrueForAll(Blocks, block => block.References == 0);

    /// <summary>Completes, always successfully, when everything it held is given back.</summary>
    internal Task Completion => _completion.Task;

    /// <summary>Begins, on the thread pool: what a store does before its first wait must not hold the gate.</summary>
    internal void Start() => _ = Task.Run(RunAsync, CancellationToken.None);

    /// <summary>Stops it; under the gate.</summary>
    internal void Cancel()
    {
        IsCancelled = true;

        // Not on this thread: what is registered on the token may be anything.
        _cancelling = _cancellation.CancelAsync();
    }

    /// <summary>Called by itself at its end.</summary>
    public void Dispose() => _cancellation.Dispose();

    private async Task RunAsync()
    {
        var rest = new StorageError(StorageErrorKind.Io, $"'{_layout.Name}' could not be read");
        var outcome = BlockState.Failed;
        try
        {
            await FetchAsync(_cancellation.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_cancellation.IsCancellationRequested)
        {
            outcome = BlockState.GivenUp;
        }
        catch (Exception error)
        {
            // A store throws nothing else: a mistake. It must not be lost, as nobody waits for this task's own result.
            ObjectStorageLog.Unexpected(_context.Logger, _layout.Name, error);
        }
        finally
        {
            // Also when an exception passes: those who wait must not wait forever.
            foreach (var block in Blocks)
            {
                if (block.State == BlockState.Loading)
                {
                    _owner.Settle(block, outcome, rest);
                }
            }

            _owner.Ended(this);
            await _cancelling.ConfigureAwait(false);
            Dispose();
            _completion.SetResult();
        }
    }

    private async Task FetchAsync(CancellationToken cancellationToken)
    {
        if (!IsAhead && !await FetchMemory.RentAsync(_owner, Blocks, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        var cache = _layout.Checksums is null ? null : _context.Cache;
        for (var first = 0; first < Blocks.Length && Blocks[first].State == BlockState.Loading;)
        {
            if (cache is not null && await LoadCachedAsync(cache, Blocks[first], cancellationToken).ConfigureAwait(false))
            {
                first++;
                continue;
            }

            var end = first + 1;
            while (end < Blocks.Length && Blocks[end].State == BlockState.Loading
                && (cache is null || !cache.Contains(NameOf(cache, Blocks[end]))))
            {
                end++;
            }

            await LoadAsync(cache, first, end, cancellationToken).ConfigureAwait(false);
            first = end;
        }
    }

    private async ValueTask<bool> LoadCachedAsync(DiskCache cache, Block block, CancellationToken cancellationToken)
    {
        var name = NameOf(cache, block);
        if (!await cache.TryReadAsync(name, Buffers(block), cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        if (_layout.Verify(block.Index, block.Granules))
        {
            _owner.Settle(block, BlockState.Loaded);
            return true;
        }

        cache.RemoveDamaged(name);
        return false;
    }

    private async Task LoadAsync(DiskCache? cache, int first, int end, CancellationToken cancellationToken)
    {
        var error = await GetAsync(first, end, cancellationToken).ConfigureAwait(false);
        for (var i = first; i < end; i++)
        {
            var block = Blocks[i];
            if (error is not null)
            {
                _owner.Settle(block, BlockState.Failed, error);
            }
            else if (_layout.Verify(block.Index, block.Granules)
                || await FetchAgainAsync(i, cancellationToken).ConfigureAwait(false))
            {
                await SettleLoadedAsync(cache, block).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask SettleLoadedAsync(DiskCache? cache, Block block)
    {
        if (cache is null)
        {
            _owner.Settle(block, BlockState.Loaded);
            return;
        }

        lock (_owner.Gate)
        {
            block.References++;
        }

        try
        {
            // First for those who wait, then for the cache.
            _owner.Settle(block, BlockState.Loaded);
            await cache.StoreAsync(NameOf(cache, block), Buffers(block)).ConfigureAwait(false);
        }
        finally
        {
            lock (_owner.Gate)
            {
                _owner.Release(block);
            }
        }
    }

    /// <summary>The second try for a block whose bytes did not match. False: it is settled, with the error.</summary>
    private async ValueTask<bool> FetchAgainAsync(int position, CancellationToken cancellationToken)
    {
        var block = Blocks[position];
        if (await GetAsync(position, position + 1, cancellationToken).ConfigureAwait(false) is { } failed)
        {
            _owner.Settle(block, BlockState.Failed, failed);
            return false;
        }

        if (_layout.Verify(block.Index, block.Granules))
        {
            ObjectStorageLog.Recovered(_context.Logger, _layout.Name, block.Index);
            return true;
        }

        var error = _layout.Corrupt(block.Index, block.Length);
        if (_owner.IsNews(block.Index))
        {
            ObjectStorageLog.Corrupt(_context.Logger, error.Message);
        }

        _owner.Settle(block, BlockState.Corrupt, error);
        return false;
    }

    /// <summary>Fills blocks from the store, with a GET for each <see cref="LargestGet"/> bytes, all at once.</summary>
    private async ValueTask<StorageError?> GetAsync(int first, int end, CancellationToken cancellationToken)
    {
        var buffers = new List<Memory<byte>>();
        for (var i = first; i < end; i++)
        {
            buffers.AddRange(Buffers(Blocks[i]));
        }

        const int perGet = LargestGet / MemoryBudget.GranuleBytes;
        var start = _layout.StartOf(Blocks[first].Index);
        if (buffers.Count <= perGet)
        {
            return await GetPieceAsync(start, buffers, cancellationToken).ConfigureAwait(false);
        }

        // Memory may be given back only when no piece is under way: all are waited for, also after an error.
        var pieces = new List<Task<StorageError?>>();
        for (var i = 0; i < buffers.Count; i += perGet)
        {
            var piece = buffers.GetRange(i, Math.Min(perGet, buffers.Count - i));
            pieces.Add(GetPieceAsync(start + ((long)i * MemoryBudget.GranuleBytes), piece, cancellationToken).AsTask());
        }

        return Array.Find(await Task.WhenAll(pieces).ConfigureAwait(false), error => error is not null);
    }

    private async ValueTask<StorageError?> GetPieceAsync(long offset, List<Memory<byte>> buffers, CancellationToken cancellationToken)
    {
        var stored = _layout.Stored;
        var length = buffers.Sum(buffer => (long)buffer.Length);
        var result = length == stored.Size
            ? await _context.Store.ReadWholeAsync(stored.Key, stored.Tag, buffers, cancellationToken).ConfigureAwait(false)
            : await _context.Store.ReadAsync(stored.Key, stored.Tag, offset, buffers, cancellationToken).ConfigureAwait(false);
        if (!result.IsOk)
        {
            return _layout.Named(result.Error);
        }

        var missing = offset + result.Value;
        if (missing >= offset + length)
        {
            return null;
        }

        var index = _layout.IndexOf(missing);
        return _layout.Corrupt(index, (int)(missing - _layout.StartOf(index)));
    }

    private static Memory<byte>[] Buffers(Block block)
    {
        var buffers = new Memory<byte>[block.Granules.Length];
        for (var i = 0; i < buffers.Length; i++)
        {
            var length = Math.Min(MemoryBudget.GranuleBytes, block.Length - (i * MemoryBudget.GranuleBytes));
            buffers[i] = block.Granules[i].Memory[..length];
        }

        return buffers;
    }

    private BlockName NameOf(DiskCache cache, Block block) =>
        cache.NameOf(_context.Store.Location, _layout.Stored, _layout.BlockSize, block.Index);
}
