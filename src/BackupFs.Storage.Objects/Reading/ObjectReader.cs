namespace BackupFs.Storage.Objects;

/// <summary>
/// Reads one stored object for one open file: reads ahead in parallel when it is read in order, fetches little when it is
/// not, and verifies every block where there are checksums. Thread-safe.
/// </summary>
/// <remarks>A read of what is in memory completes synchronously and allocates nothing.</remarks>
internal sealed class ObjectReader : IAsyncDisposable
{
    /// <summary>Larger reads are done in pieces, so that one needs two blocks at most.</summary>
    private const int LargestRead = 1 << 20;

    private readonly TransferContext _context;
    private readonly ObjectBlocks _blocks;
    private readonly BlockLayout _layout;
    private readonly ReadAhead _ahead;
    private readonly CancellationTokenSource _closing = new();
    private TaskCompletionSource? _lastLeft;
    private int _reads;
    private long _lastRead;

    /// <param name="context">Store, memory and cache.</param>
    /// <param name="stored">What to read; another version there is Corrupt.</param>
    /// <param name="checksums">What it should be; null where that is not known.</param>
    /// <param name="path">For messages.</param>
    internal ObjectReader(TransferContext context, StoredObject stored, FileChecksums? checksums, string path)
    {
        _context = context;
        _layout = new BlockLayout(stored, checksums, path);
        _blocks = context.Readers.Open(this, context, _layout);
        _ahead = new ReadAhead(_blocks);
        _lastRead = context.Time.GetTimestamp();
    }

    /// <summary>When it was read last, as a timestamp of the clock.</summary>
    internal long LastRead => Volatile.Read(ref _lastRead);

    /// <summary>Bytes that <see cref="GiveUp"/> could give back.</summary>
    internal long Reclaimable
    {
        get
        {
            lock (_blocks.Gate)
            {
                return _ahead.Reclaimable;
            }
        }
    }

    /// <summary>
    /// Begins to fetch the first block before anybody reads it, and keeps it. Returns when that has ended, however it ended; null
    /// if there is no memory for it.
    /// </summary>
    internal Task? TryFetchAhead()
    {
        lock (_blocks.Gate)
        {
            return _ahead.TryKeepFirst()?.Fetch.Completion;
        }
    }

    /// <summary>Reads at an offset. Fewer bytes than asked for means the end of the file.</summary>
    internal ValueTask<StorageResult<int>> ReadAsync(Memory<byte> buffer, long offset, CancellationToken cancellationToken)
    {
        if (offset < 0)
        {
            return new(StorageErrorKind.InvalidArgument);
        }

        if (_layout.WrongSize is { } error)
        {
            return new(error);
        }

        var wanted = (int)Math.Clamp(_layout.Size - offset, 0, buffer.Length);
        Volatile.Write(ref _lastRead, _context.Time.GetTimestamp());
        return wanted == 0 || (wanted <= LargestRead && TryReadLoaded(buffer.Span[..wanted], offset))
            ? new(wanted)
            : ReadPiecesAsync(buffer[..wanted], offset, cancellationToken);
    }

    /// <summary>Drops kept blocks of this many bytes, if there are; returns how many.</summary>
    internal long GiveUp(long wanted)
    {
        lock (_blocks.Gate)
        {
            return _ahead.GiveUp(wanted);
        }
    }

    /// <summary>Cancels what is under way and gives the memory back.</summary>
    public async ValueTask DisposeAsync()
    {
        Task left;
        lock (_blocks.Gate)
        {
            if (_lastLeft is not null)
            {
                return;
            }

            _lastLeft = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_reads == 0)
            {
                _lastLeft.SetResult();
            }

            left = _lastLeft.Task;
            _ahead.Reset();
        }

        await _closing.CancelAsync().ConfigureAwait(false);
        await left.ConfigureAwait(false);
        var isLast = _context.Readers.Close(this, _blocks);
        await _blocks.WhenEnded(all: isLast).ConfigureAwait(false);
        _closing.Dispose();
    }

    /// <summary>The short way: everything is in memory.</summary>
    private bool TryReadLoaded(Span<byte> destination, long offset)
    {
        var first = _layout.IndexOf(offset);
        var last = _layout.IndexOf(offset + destination.Length - 1);
        Block? one;
        Block? other = null;
        lock (_blocks.Gate)
        {
            if (_lastLeft is not null
                || !_blocks.TryFind(first, out one) || one.State != BlockState.Loaded
                || (last != first && (!_blocks.TryFind(last, out other) || other.State != BlockState.Loaded)))
            {
                return false;
            }

            _reads++;
            Pin(one);
            Pin(other);
            _ahead.Extend(_ahead.Note(offset, offset + destination.Length, isHeld: true));
        }

        var within = (int)(offset - _layout.StartOf(first));
        var length = Math.Min(destination.Length, one.Length - within);
        one.CopyTo(within, destination[..length]);
        other?.CopyTo(0, destination[length..]);
        lock (_blocks.Gate)
        {
            Unpin(one, length);
            Unpin(other, destination.Length - length);
            Leave();
        }

        return true;
    }

    private async ValueTask<StorageResult<int>> ReadPiecesAsync(Memory<byte> buffer, long offset, CancellationToken cancellationToken)
    {
        for (var done = 0; done < buffer.Length;)
        {
            var piece = buffer.Slice(done, Math.Min(LargestRead, buffer.Length - done));
            if (!TryReadLoaded(piece.Span, offset + done)
                && await ReadMissingAsync(piece, offset + done, cancellationToken).ConfigureAwait(false) is { } error)
            {
                // Not the good bytes before: fewer bytes than asked for would mean the end of the file.
                return error;
            }

            done += piece.Length;
        }

        return buffer.Length;
    }

    private async ValueTask<StorageError?> ReadMissingAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
    {
        var last = _layout.IndexOf(offset + destination.Length - 1);
        Block? block;
        Block? following;
        lock (_blocks.Gate)
        {
            if (_lastLeft is not null)
            {
                return new StorageError(StorageErrorKind.Cancelled, $"'{_layout.Name}' was closed");
            }

            _reads++;
            var run = NoteMissing(offset, destination.Length, last);

            // First what is waited for, then what is read ahead: memory and connections are given in that order.
            block = Demand(_layout.IndexOf(offset), last, out following);
            _ahead.Extend(run);

            // Not only at the end: this read may wait for memory that an abandoned read-ahead has.
            _ahead.Trim();
        }

        try
        {
            using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
            var retried = -1;
            for (var done = 0; done < destination.Length;)
            {
                block ??= Take(ref following, _layout.IndexOf(offset + done), last);
                var within = (int)(offset + done - _layout.StartOf(block.Index));
                var part = destination.Slice(done, Math.Min(destination.Length - done, block.Length - within));
                await block.Settled.WaitAsync(cancellation.Token).ConfigureAwait(false);
                var error = await TakeFromAsync(block, within, part, cancellation.Token).ConfigureAwait(false);
                var isTaken = error is null && block.State != BlockState.GivenUp;
                if (error is not null && !(block is { Fetch.IsAhead: true, State: BlockState.Failed } && retried != block.Index))
                {
                    return error;
                }

                // An error of a read-ahead was nobody's so far: this read tries once itself.
                retried = block.Index;
                Return(ref block, isTaken ? part.Length : 0);
                done += isTaken ? part.Length : 0;
            }

            return null;
        }
        catch (OperationCanceledException)
        {
            return new StorageError(StorageErrorKind.Cancelled);
        }
        finally
        {
            lock (_blocks.Gate)
            {
                Unpin(block, 0);
                Unpin(following, 0);
                Leave();
            }
        }
    }

    private async ValueTask<StorageError?> TakeFromAsync(Block block, int within, Memory<byte> part, CancellationToken cancellationToken)
    {
        switch (block.State)
        {
            case BlockState.Loaded:
                block.CopyTo(within, part.Span);
                return null;
            case BlockState.TooLarge:
                return await PiecewiseRead.RunAsync(_blocks, block.Index, within, part, cancellationToken).ConfigureAwait(false);
            case BlockState.Failed or BlockState.Corrupt:
                lock (_blocks.Gate)
                {
                    // What is wrong with this block is probably wrong with the next ones.
                    _ahead.Reset();
                }

                return block.Error;
            case BlockState.GivenUp or BlockState.Loading:
                return null;
            default:
                throw new InvalidOperationException($"{block.State} is not a state");
        }
    }

    private ReadRun NoteMissing(long offset, int length, int last)
    {
        var isHeld = true;
        for (var index = _layout.IndexOf(offset); index <= last; index++)
        {
            isHeld &= _blocks.TryFind(index, out _);
        }

        return _ahead.Note(offset, offset + length, isHeld);
    }

    /// <summary>
    /// A block for this read, with a reference, and the next one if it comes with it. Nothing else is held while waiting for the
    /// first one; see <see cref="FetchMemory"/>.
    /// </summary>
    private Block Demand(int index, int last, out Block? following)
    {
        following = null;
        if (!_blocks.TryFind(index, out var block))
        {
            var both = index < last && !_blocks.TryFind(index + 1, out _);
            var fetch = _blocks.StartDemanded(index, both ? 2 : 1);
            block = fetch.Blocks[0];
            following = both ? fetch.Blocks[1] : null;
        }

        Pin(block);
        Pin(following);
        return block;
    }

    private Block Take(ref Block? following, int index, int last)
    {
        if (following is { } taken && taken.Index == index)
        {
            following = null;
            return taken;
        }

        lock (_blocks.Gate)
        {
            return Demand(index, last, out following);
        }
    }

    private void Return(ref Block? block, int served)
    {
        lock (_blocks.Gate)
        {
            Unpin(block, served);
            block = null;
        }
    }

    private static void Pin(Block? block)
    {
        if (block is not null)
        {
            block.References++;
        }
    }

    /// <summary>Gives a reference up, and keeps the block if bytes were taken and more may be.</summary>
    private void Unpin(Block? block, int served)
    {
        if (block is null)
        {
            return;
        }

        if (served > 0 && block.State == BlockState.Loaded && _lastLeft is null)
        {
            _ahead.Served(block, served);
        }

        _blocks.Release(block);
    }

    private void Leave()
    {
        _ahead.Trim();
        if (--_reads == 0)
        {
            _lastLeft?.SetResult();
        }
    }
}
