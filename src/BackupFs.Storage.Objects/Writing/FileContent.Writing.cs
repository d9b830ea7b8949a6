using System.Runtime.CompilerServices;

namespace BackupFs.Storage.Objects;

/// <content>Writes.</content>
internal sealed partial class FileContent
{
    /// <summary>
    /// Where writes that wait will go on. What is behind that is not sent meanwhile: a write must not be refused when half of it is done.
    /// </summary>
    private readonly List<StrongBox<long>> _waitingWrites = [];

    private enum WriteStep
    {
        Written,
        Refused,
        WaitForTurn,
        WaitForPart,
        RentGranule,
        FetchPage,
    }

    /// <summary>
    /// Writes all of the data, waiting for memory if there is none. Unsupported, naming <c>--spool</c>, where a stream cannot.
    /// Errors of uploads under way are told here, too.
    /// </summary>
    internal ValueTask<StorageResult<int>> WriteAsync(ReadOnlyMemory<byte> data, long offset, CancellationToken cancellationToken)
    {
        var write = new PendingWrite(data, offset);
        StrongBox<long> waiting;
        lock (_gate)
        {
            switch (Continue(ref write))
            {
                case WriteStep.Written:
                    return new(data.Length);
                case WriteStep.Refused:
                    return new(write.Error!);
            }

            waiting = new(write.Offset + write.Done);
            _waitingWrites.Add(waiting);

            // Sending gives memory back.
            Stream();
        }

        return new(WriteWaitingAsync(write, waiting, cancellationToken));
    }

    private async Task<StorageResult<int>> WriteWaitingAsync(
        PendingWrite write, StrongBox<long> waiting, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                WriteStep step;
                Task? turn;
                Task? part;
                lock (_gate)
                {
                    step = Continue(ref write);
                    waiting.Value = write.Offset + write.Done;
                    Stream();
                    turn = _exclusive?.Task;
                    part = _upload?.Changed;
                }

                switch (step)
                {
                    case WriteStep.Written:
                        return write.Data.Length;
                    case WriteStep.Refused:
                        return write.Error!;
                    case WriteStep.WaitForTurn:
                        await turn!.WaitAsync(cancellationToken).ConfigureAwait(false);
                        break;
                    case WriteStep.WaitForPart:
                        await part!.WaitAsync(cancellationToken).ConfigureAwait(false);
                        break;
                    case WriteStep.RentGranule:
                        write.Spare = await _context.Memory.RentAsync(cancellationToken).ConfigureAwait(false);
                        break;
                    case WriteStep.FetchPage:
                        if (await FetchAsync(write.Fetched!, write.Spare!, cancellationToken).ConfigureAwait(false) is { } error)
                        {
                            return error;
                        }

                        break;
                }
            }
        }
        finally
        {
            write.Spare?.Dispose();
            lock (_gate)
            {
                _waitingWrites.Remove(waiting);
            }
        }
    }

    /// <summary>Under the lock: writes as much as is possible at once.</summary>
    private WriteStep Continue(ref PendingWrite write)
    {
        if (_exclusive is not null)
        {
            return WriteStep.WaitForTurn;
        }

        if (RefuseWrite(write) is { } refused)
        {
            write.Error = refused;
            return WriteStep.Refused;
        }

        while (write.Done < write.Data.Length)
        {
            var position = write.Offset + write.Done;
            var (index, inPage) = (position / Granule, (int)(position % Granule));
            var length = Math.Min(write.Data.Length - write.Done, Granule - inPage);
            if (_upload is { } upload && position < upload.SentEnd && !MakeStale(upload, position))
            {
                return WriteStep.WaitForPart;
            }

            if (!_pages.TryGetValue(index, out var page))
            {
                var step = AddPageFor(ref write, index, inPage, length, out page);
                if (page is null)
                {
                    return step;
                }
            }

            write.Data.Span.Slice(write.Done, length).CopyTo(page.Memory.Span[inPage..]);
            _changedPages += page.IsChanged ? 0 : 1;
            page.IsChanged = true;
            write.Done += length;
            _sum?.Touch(position);
            _writtenEnd = Math.Max(_writtenEnd, position + length);
            if (position + length > _size)
            {
                Volatile.Write(ref _size, position + length);
            }

            Volatile.Write(ref _isDirty, true);
        }

        Stream();
        _lastWritten = _context.Time.GetTimestamp();
        return WriteStep.Written;
    }

    /// <summary>Under the lock: the page, or what has to be waited for.</summary>
    private WriteStep AddPageFor(ref PendingWrite write, long index, int inPage, int length, out ContentPage? page)
    {
        page = null;
        write.Spare ??= _context.Memory.TryRent();
        if (write.Spare is not { } granule)
        {
            return WriteStep.RentGranule;
        }

        var start = index * Granule;
        var spool = IsSpooled(index) ? _spool : null;
        var stored = spool?.LengthOf(index) ?? (int)Math.Clamp(_storedLength - start, 0, Granule);
        if (stored > 0 && (inPage > 0 || length < stored))
        {
            if (write.Fetched is not { IsDone: true } fetched || fetched.Index != index || fetched.Length != stored
                || !ReferenceEquals(fetched.Spool, spool) || fetched.SpoolChanges != (spool?.Changes ?? 0)
                || (spool is null && !ReferenceEquals(fetched.Stored, _stored)))
            {
                write.Fetched = new PageFetch(spool, _stored, index, stored);
                return WriteStep.FetchPage;
            }

            // Bytes after the stored ones are zeros, which the fetch has seen to.
        }
        else
        {
            granule.Span[..inPage].Clear();
            granule.Span[(inPage + length)..].Clear();
        }

        page = new ContentPage(granule);
        AddPage(index, page);
        write.Spare = null;
        write.Fetched = null;
        return WriteStep.Written;
    }

    /// <summary>Reads a page of the stored version; a version that was replaced meanwhile is no error.</summary>
    private async Task<StorageError?> FetchAsync(PageFetch fetch, Granule granule, CancellationToken cancellationToken)
    {
        var page = granule.Memory[..fetch.Length];
        var error = fetch.Spool is { } spool
            ? await spool.ReadAsync(fetch.Index * Granule, page, cancellationToken).ConfigureAwait(false)
            : await ReadStoredAsync(fetch.Stored!, fetch.Index * Granule, page, cancellationToken).ConfigureAwait(false);
        if (error is not null)
        {
            return fetch.Spool is null && !ReferenceEquals(Stored, fetch.Stored) ? null : error;
        }

        granule.Span[fetch.Length..].Clear();
        fetch.IsDone = true;
        return null;
    }

    private StorageError Shortened(StoredObject stored) => new(
        StorageErrorKind.Corrupt, $"'{Path}': the object '{stored.Key}' is shorter than the {stored.Size} bytes that were stored");

    private StorageError? RefuseWrite(in PendingWrite write) =>
        _isDiscarded ? Discarded
        : Failure is { } error ? error
        : write.Offset < 0 ? Invalid($"'{Path}': an offset is 0 or more")
        : write.Offset > _context.Store.Limits.MaximumObjectSize - write.Data.Length ? TooLarge(write.Offset + write.Data.Length)
        : write.Data.Length > 0 && _upload is { } upload && write.Offset + write.Done < upload.SentEnd
            && !CanRewrite(upload, write.Offset + write.Done, write.Offset + write.Data.Length) ? Behind(write.Offset, "written")
        : null;

    private StorageError Behind(long offset, string what) => _context.Spool is null
        ? new(
            StorageErrorKind.Unsupported,
            $"'{Path}': bytes at {offset} cannot be {what} now, because they are on their way to the store"
            + $" (up to {_upload!.SentEnd}) until the file is closed; mount with --spool DIR for programs that do not write from start to end")
        : new(
            StorageErrorKind.NoSpace,
            $"'{Path}': bytes at {offset} cannot be {what} now, because the spool was full when they were sent; a larger --spool-size"
            + " keeps all of a file until it is closed");

    /// <summary>A write under way.</summary>
    private struct PendingWrite(ReadOnlyMemory<byte> data, long offset)
    {
        internal readonly ReadOnlyMemory<byte> Data => data;

        internal readonly long Offset => offset;

        /// <summary>Bytes written.</summary>
        internal int Done { get; set; }

        /// <summary>A granule that is not in the file yet.</summary>
        internal Granule? Spare { get; set; }

        /// <summary>What <see cref="Spare"/> holds, or is to hold.</summary>
        internal PageFetch? Fetched { get; set; }

        internal StorageError? Error { get; set; }
    }

    /// <summary>A page to be read from the spool or, without one, from the stored version.</summary>
    private sealed class PageFetch(SpoolFile? spool, StoredObject? stored, long index, int length)
    {
        internal SpoolFile? Spool => spool;

        /// <summary>Of <see cref="Spool"/>, when the reading began.</summary>
        internal long SpoolChanges { get; } = spool?.Changes ?? 0;

        internal StoredObject? Stored => stored;

        internal long Index => index;

        internal int Length => length;

        internal bool IsDone { get; set; }
    }
}
