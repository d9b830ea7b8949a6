using System.IO.Hashing;

namespace BackupFs.Storage.Objects;

/// <summary>
/// Reads a part of a block for which there is no memory as a whole: the block passes through one granule and is verified on
/// the way; nothing of it is kept.
/// </summary>
internal static class PiecewiseRead
{
    /// <summary>Fills <paramref name="destination"/> with the bytes from <paramref name="within"/> on; null, or the error.</summary>
    internal static async ValueTask<StorageError?> RunAsync(
        ObjectBlocks owner, int index, int within, Memory<byte> destination, CancellationToken cancellationToken)
    {
        // The only granule; nothing else is held while waiting for it.
        using var granule = await owner.Context.Memory.RentAsync(cancellationToken).ConfigureAwait(false);
        var layout = owner.Layout;
        for (var attempt = 0; ; attempt++)
        {
            var hash = new XxHash3();
            for (var at = 0; at < layout.LengthOf(index);)
            {
                var piece = granule.Memory[..Math.Min(MemoryBudget.GranuleBytes, layout.LengthOf(index) - at)];
                var read = await owner.Context.Store
                    .ReadAsync(layout.Stored.Key, layout.Stored.Tag, layout.StartOf(index) + at, piece, cancellationToken)
                    .ConfigureAwait(false);
                if (!read.IsOk)
                {
                    return layout.Named(read.Error);
                }

                if (read.Value < piece.Length)
                {
                    return layout.Corrupt(index, at + read.Value);
                }

                hash.Append(piece.Span);
                var from = Math.Max(at, within);
                var to = Math.Min(at + piece.Length, within + destination.Length);
                if (from < to)
                {
                    piece[(from - at)..(to - at)].CopyTo(destination[(from - within)..]);
                }

                at += piece.Length;
            }

            if (layout.Checksums is not { } sums || hash.GetCurrentHashAsUInt64() == sums.Blocks[index])
            {
                return null;
            }

            if (attempt == 1)
            {
                var error = layout.Corrupt(index, layout.LengthOf(index));
                if (owner.IsNews(index))
                {
                    ObjectStorageLog.Corrupt(owner.Context.Logger, error.Message);
                }

                return error;
            }
        }
    }
}
