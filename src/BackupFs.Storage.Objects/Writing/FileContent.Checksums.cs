namespace BackupFs.Storage.Objects;

/// <content>The checksums of what was stored.</content>
internal sealed partial class FileContent
{
    /// <summary>The checksums of the stored version; computed while it was uploaded, or read back. Corrupt if it is not what was written.</summary>
    /// <remarks>Busy while there is something to flush.</remarks>
    internal async ValueTask<StorageResult<FileChecksums>> GetChecksumsAsync(CancellationToken cancellationToken)
    {
        StoredObject stored;
        ContentSum? sum;
        lock (_gate)
        {
            if (_isDiscarded || _error is not null)
            {
                return _isDiscarded ? Discarded : _error!;
            }

            if (_isDirty || _stored is null)
            {
                return new StorageError(StorageErrorKind.Busy, $"'{Path}': what was written last is not stored yet");
            }

            if (_checksums is not null)
            {
                return _checksums;
            }

            stored = _stored;
            sum = _sum is { IsVoid: false } usable && usable.Assigned == stored.Size ? usable : null;
            if (sum is not null)
            {
                // It is finished here; whatever is appended later is summed anew.
                _sum = null;
            }
        }

        var checksums = sum is null ? null : await sum.FinishAsync().ConfigureAwait(false);
        if (checksums is null)
        {
            var read = await SumStoredAsync(stored, cancellationToken).ConfigureAwait(false);
            if (!read.IsOk)
            {
                return read.Error;
            }

            checksums = read.Value;
        }

        lock (_gate)
        {
            if (ReferenceEquals(_stored, stored) && !_isDirty)
            {
                _checksums = checksums;
            }
        }

        return checksums;
    }

    /// <summary>Reads the object back, the next granule while one is summed.</summary>
    private async Task<StorageResult<FileChecksums>> SumStoredAsync(StoredObject stored, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _lifetime.Token);
        using var summer = new FileChecksummer(stored.Size);
        if (stored.Size == 0)
        {
            return summer.Finish();
        }

        // One that it waits for, and more only if they are free: nobody waits for memory while having some.
        var granules = new List<Granule> { await _context.Memory.RentAsync(either.Token).ConfigureAwait(false) };
        var reads = new Queue<(Granule Granule, Task<StorageError?> Read, int Length)>();
        try
        {
            while (granules.Count < 4 && _context.Memory.TryRent() is { } more)
            {
                granules.Add(more);
            }

            var next = 0L;
            var idle = new Stack<Granule>(granules);
            while (next < stored.Size || reads.Count > 0)
            {
                while (next < stored.Size && idle.TryPop(out var granule))
                {
                    var length = (int)Math.Min(Granule, stored.Size - next);
                    reads.Enqueue((granule, ReadStoredAsync(stored, next, granule.Memory[..length], either.Token), length));
                    next += length;
                }

                var read = reads.Peek();
                if (await read.Read.ConfigureAwait(false) is { } error)
                {
                    return error;
                }

                reads.Dequeue();
                summer.Append(read.Granule.Span[..read.Length]);
                idle.Push(read.Granule);
            }

            return summer.Finish();
        }
        finally
        {
            foreach (var (_, read, _) in reads)
            {
                // They write into the granules.
                await ((Task)read).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            granules.ForEach(granule => granule.Dispose());
        }
    }
}
