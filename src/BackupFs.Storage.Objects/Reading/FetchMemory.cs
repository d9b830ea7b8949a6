namespace BackupFs.Storage.Objects;

/// <summary>How fetches that reads wait for get their memory.</summary>
/// <remarks>
/// <para>Why this cannot deadlock: a fetch waits for its first granule while it holds none, and a read that waits for a
/// fetch holds no other block. So nobody who holds a reader's memory waits for more of it, and everybody else's wait for a
/// granule ends when a fetch or a read ends, which takes bounded time, or when read-ahead is reclaimed.</para>
/// <para>Blocks of several granules (files of more than 16 GiB) are the exception: one fetch at a time, in the whole storage,
/// waits for the rest of its granules while it holds some, and only for <see cref="LongestWait"/>. Then it gives them
/// back, and the block is read piece by piece with one granule (<see cref="PiecewiseRead"/>): slow, but it
/// never waits while holding.</para>
/// </remarks>
internal static class FetchMemory
{
    /// <summary>How long a fetch that holds granules waits for others, its turn to do so included.</summary>
    internal static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Memory for the blocks of a fetch. The first one is waited for; those after it that there is no memory for are settled
    /// as given up. False if the first one is too large: all are settled.
    /// </summary>
    internal static async ValueTask<bool> RentAsync(ObjectBlocks owner, Block[] blocks, CancellationToken cancellationToken)
    {
        var granules = new List<Granule>();
        try
        {
            var state = await RentFirstAsync(owner, blocks[0].Index, granules, cancellationToken).ConfigureAwait(false);
            if (state != BlockState.Loaded)
            {
                owner.Settle(blocks[0], state);
            }
            else
            {
                blocks[0].Granules = [.. granules];
                granules.Clear();
            }

            for (var i = 1; i < blocks.Length; i++)
            {
                if (state == BlockState.Loaded && owner.TryRent(granules, owner.Layout.GranulesOf(blocks[i].Index)))
                {
                    blocks[i].Granules = [.. granules];
                    granules.Clear();
                }
                else
                {
                    // All after it, too: a fetch is one range.
                    state = BlockState.GivenUp;
                    owner.Settle(blocks[i], BlockState.GivenUp);
                }
            }

            return blocks[0].State == BlockState.Loading;
        }
        finally
        {
            granules.ForEach(granule => granule.Dispose());
        }
    }

    private static async ValueTask<BlockState> RentFirstAsync(
        ObjectBlocks owner, int index, List<Granule> granules, CancellationToken cancellationToken)
    {
        var context = owner.Context;
        var count = owner.Layout.GranulesOf(index);
        var isLarge = (long)count * MemoryBudget.GranuleBytes > context.Memory.Limit / 2;
        if (isLarge)
        {
            return BlockState.TooLarge;
        }

        if (owner.TryRent(granules, count))
        {
            return BlockState.Loaded;
        }

        // What readers only keep is worth less than what one waits for.
        context.Readers.GiveUp((long)count * MemoryBudget.GranuleBytes);
        if (count == 1)
        {
            granules.Add(await context.Memory.RentAsync(cancellationToken).ConfigureAwait(false));
            return BlockState.Loaded;
        }

        return await RentInTurnAsync(context, count, granules, cancellationToken).ConfigureAwait(false)
            ? BlockState.Loaded
            : BlockState.TooLarge;
    }

    private static async ValueTask<bool> RentInTurnAsync(
        TransferContext context, int count, List<Granule> granules, CancellationToken cancellationToken)
    {
        using var tooLong = new CancellationTokenSource(LongestWait, context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(tooLong.Token, cancellationToken);
        var isTurn = false;
        try
        {
            await context.Readers.LargeBlocks.WaitAsync(either.Token).ConfigureAwait(false);
            isTurn = true;
            while (granules.Count < count)
            {
                granules.Add(await context.Memory.RentAsync(either.Token).ConfigureAwait(false));
            }

            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            granules.ForEach(granule => granule.Dispose());
            granules.Clear();
            return false;
        }
        finally
        {
            if (isTurn)
            {
                context.Readers.LargeBlocks.Release();
            }
        }
    }
}
