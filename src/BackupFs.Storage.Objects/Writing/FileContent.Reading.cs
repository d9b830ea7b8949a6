namespace BackupFs.Storage.Objects;

/// <content>Reads.</content>
internal sealed partial class FileContent
{
    /// <summary>Reads what was written; Unsupported, naming <c>--spool</c>, for bytes that were streamed and are not complete yet.</summary>
    internal ValueTask<StorageResult<int>> ReadAsync(Memory<byte> buffer, long offset, CancellationToken cancellationToken)
    {
        var done = 0;
        lock (_gate)
        {
            if (ReadHere(buffer, offset, ref done, out _) is { } result)
            {
                return new(result);
            }
        }

        return new(ReadWaitingAsync(buffer, offset, done, cancellationToken));
    }

    private async Task<StorageResult<int>> ReadWaitingAsync(Memory<byte> buffer, long offset, int done, CancellationToken cancellationToken)
    {
        while (true)
        {
            StoredObject? stored;
            SpoolFile? spool;
            int length;
            lock (_gate)
            {
                if (ReadHere(buffer, offset, ref done, out length) is { } result)
                {
                    return result;
                }

                stored = _stored;
                spool = IsSpooled((offset + done) / Granule) ? _spool : null;
            }

            var target = buffer.Slice(done, length);
            var error = spool is null
                ? await ReadStoredAsync(stored!, offset + done, target, cancellationToken).ConfigureAwait(false)
                : await spool.ReadAsync(offset + done, target, cancellationToken).ConfigureAwait(false);
            if (spool is { IsClosed: true } || (spool is null && error is not null && !ReferenceEquals(Stored, stored)))
            {
                // It was replaced meanwhile by a version with the same bytes here.
                continue;
            }

            if (error is not null)
            {
                return error;
            }

            done += length;
        }
    }

    /// <summary>
    /// Under the lock: reads what is in memory or zero, from <paramref name="done"/> on. Null when the next
    /// <paramref name="stored"/> bytes have to be read from the spool or the stored version first.
    /// </summary>
    private StorageResult<int>? ReadHere(Memory<byte> buffer, long offset, ref int done, out int stored)
    {
        stored = 0;
        if (_isDiscarded || _error is not null)
        {
            return _isDiscarded ? Discarded : _error!;
        }

        if (offset < 0)
        {
            return Invalid($"'{Path}': an offset is 0 or more");
        }

        var wanted = (int)Math.Clamp(_size - offset, 0, buffer.Length);
        while (done < wanted)
        {
            var position = offset + done;
            var (index, inPage) = (position / Granule, (int)(position % Granule));
            var target = buffer.Span[done..wanted];
            target = target[..Math.Min(target.Length, Granule - inPage)];
            if (_pages.TryGetValue(index, out var page))
            {
                page.Memory.Span.Slice(inPage, target.Length).CopyTo(target);
            }
            else if (_freed.Contains(index))
            {
                return Behind(position, "read");
            }
            else if (IsSpooled(index) && _spool!.LengthOf(index) is var spooled)
            {
                if (inPage < spooled)
                {
                    stored = Math.Min(target.Length, spooled - inPage);
                    return null;
                }

                target.Clear();
            }
            else if (position >= _storedLength)
            {
                target.Clear();
            }
            else
            {
                stored = StoredRun(position, wanted - done);
                return null;
            }

            done += target.Length;
        }

        // Bytes read before the file was cut count no longer.
        return wanted;
    }

    /// <summary>Under the lock: how many of the bytes from here are to be read from the stored version in one request.</summary>
    private int StoredRun(long position, int length)
    {
        length = (int)Math.Min(length, _storedLength - position);
        for (var index = (position / Granule) + 1; index * Granule < position + length; index++)
        {
            if (_pages.ContainsKey(index) || _freed.Contains(index) || IsSpooled(index))
            {
                return (int)((index * Granule) - position);
            }
        }

        return length;
    }
}
