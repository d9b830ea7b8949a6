using System.Buffers;

namespace BackupFs.Storage.Objects;

/// <content>Cuts the file into parts and sends them.</content>
internal sealed partial class FileContent
{
    private enum PartGoal
    {
        /// <summary>What is full and behind the window at the end.</summary>
        Stream,

        /// <summary>What is full: memory is short.</summary>
        Reclaim,

        /// <summary>Everything.</summary>
        All,
    }

    /// <summary>Whether <see cref="SendParts"/> is to send everything; the turn's.</summary>
    private bool _isDraining;

    private int PartsInFlight => _context.Store.Limits.PartsInOrder ? 1 : _windows.PartsInFlight;

    /// <summary>Under the lock: sends what a stream sends, unless somebody has the turn.</summary>
    private void Stream()
    {
        if (_exclusive is null && (_upload is not null || (long)_changedPages * Granule > _windows.Head))
        {
            SendParts(PartGoal.Stream);
        }
    }

    /// <summary>Under the lock: starts as many parts as may be under way.</summary>
    private void SendParts(PartGoal goal)
    {
        while (_error is null && _upload is not ({ Error: not null } or { MustRestart: true }) && (_upload?.InFlight ?? 0) < PartsInFlight && PlanPart(goal) is { } part)
        {
            var upload = _upload ??= StartUpload();
            upload.Parts = part.Number;
            upload.SentEnd = part.Offset + part.Length;
            upload.IsFull = part.Number == _context.Store.Limits.MaximumParts;
            upload.InFlight++;
            if (!part.IsCopy)
            {
                part = WithSum(WithSpool(upload, part));
                for (var index = part.Offset / Granule; index * Granule < upload.SentEnd; index++)
                {
                    if (_pages.TryGetValue(index, out var page))
                    {
                        page.IsSent = true;
                    }
                }
            }
            else
            {
                // Says that these bytes are not here to be summed, if they are not yet.
                AssignSum(part.Offset, part.Offset + part.Length)?.EnsureDone();
            }

            if (_context.Spool is not null)
            {
                upload.Sent.Add(new SentPart(part));
            }

            _ = Task.Run(() => SendPartAsync(upload, part));
        }

        if (_upload is { IsFull: true, Error: null } full && full.SentEnd < _size && !_isDraining && _exclusive is null && !full.IsContinuing)
        {
            full.IsContinuing = true;
            _ = Task.Run(ContinueUploadAsync);
        }
    }

    /// <summary>Under the lock: the next part; null if there is none yet.</summary>
    private ContentPart? PlanPart(PartGoal goal)
    {
        var start = _upload?.SentEnd ?? 0;
        var limit = goal switch
        {
            // Something is always left for the last part.
            PartGoal.Stream => Math.Min(PartSchedule.Down(_writtenEnd) - _windows.Tail, PartSchedule.Down(_size - 1)),
            PartGoal.Reclaim => Math.Min(PartSchedule.Down(_writtenEnd), PartSchedule.Down(_size - 1)),
            PartGoal.All => _size,
        };
        if (goal != PartGoal.All)
        {
            foreach (var waiting in _waitingWrites)
            {
                limit = Math.Min(limit, PartSchedule.Down(waiting.Value));
            }
        }

        if (start >= limit || (goal != PartGoal.All && limit - start < _schedule.Smallest) || _upload is { IsFull: true })
        {
            return null;
        }

        var number = (_upload?.Parts ?? 0) + 1;
        var partsLeft = _context.Store.Limits.MaximumParts - number + 1;
        if (CopyableRun(start, limit) is var run && run >= _schedule.Smallest)
        {
            var copied = _schedule.CopySize(run, partsLeft);
            return new ContentPart(number, start, copied, start + copied == _size, _stored, _storedLength) { IsCopy = true };
        }

        return PlanData(goal, number, start, limit);
    }

    /// <summary>Under the lock: bytes from here, in whole granules, that the store can copy of the stored version.</summary>
    private long CopyableRun(long start, long limit)
    {
        if (!_context.Store.Limits.PartCopy || start >= _storedLength)
        {
            return 0;
        }

        var end = Math.Min(PartSchedule.Down(Math.Min(_storedLength, limit)), NextChanged(start));
        return Math.Max(0, end - start);
    }

    /// <summary>Under the lock: the offset of the first changed granule at or after an offset.</summary>
    private long NextChanged(long start)
    {
        var next = long.MaxValue;
        if (_spool is not null && _spool.Saved.Next(start / Granule) is var saved and < long.MaxValue)
        {
            next = saved * Granule;
        }

        foreach (var (index, page) in _pages)
        {
            if (page.IsChanged && index * Granule >= start)
            {
                next = Math.Min(next, index * Granule);
            }
        }

        return next;
    }

    /// <summary>Under the lock: a part whose bytes are sent from here.</summary>
    private ContentPart? PlanData(PartGoal goal, int number, long start, long limit)
    {
        // What is spooled may have to be sent again: only so much as can be read back at once.
        var size = _spool is null ? _schedule.PartSize(start)
            : Math.Max(_schedule.Smallest, Math.Min(_schedule.PartSize(start), (long)_context.Memory.Reserve * Granule));
        var partsLeft = _context.Store.Limits.MaximumParts - number + 1;
        if (goal == PartGoal.Stream && limit - start < size)
        {
            return null;
        }

        var pages = new List<Granule?>();
        var (length, toRead, inMemory) = (0L, 0, 0);
        while (start + length < limit)
        {
            var position = start + length;
            var page = _pages.GetValueOrDefault(position / Granule);
            var isRead = page is null && (position < _storedLength || IsSpooled(position / Granule));
            var target = inMemory + toRead + (page is null && !isRead ? 0 : 1) == 0
                ? _schedule.ZerosSize(start, limit - start, partsLeft)
                : size;
            if (length >= target
                || (isRead && toRead == _context.Memory.Reserve)
                || (length >= _schedule.Smallest && CopyableRun(position, limit) >= size))
            {
                break;
            }

            pages.Add(page?.Memory);
            toRead += isRead ? 1 : 0;
            inMemory += page is null ? 0 : 1;
            length += Math.Min(Granule, limit - position);
        }

        if (goal != PartGoal.All && length < _schedule.Smallest)
        {
            return null;
        }

        return new ContentPart(number, start, length, start + length == _size || partsLeft == 1, _stored, _storedLength)
        {
            Pages = [.. pages],
            Spool = _spool,
            SpoolLengths = SpoolLengths(start, pages.Count),
            ToRead = toRead,
            IsFreed = goal != PartGoal.All || _size > _windows.Head,
        };
    }

    /// <summary>Under the lock: the part, with its turn in the sum of the file.</summary>
    private ContentPart WithSum(ContentPart part) => part with { Sum = AssignSum(part.Offset, part.Offset + part.Length) };

    private SumLink? AssignSum(long start, long end)
    {
        if (start == 0 && _sum is null or { IsVoid: true })
        {
            _sum?.Abandon();

            // A file that was given its size before its bytes has it for good, most likely.
            _sum = new ContentSum(_size > _writtenEnd || _isDraining ? _size : -1);
            _checksums = null;
        }

        return _sum?.Assign(start, end);
    }

    /// <summary>Under the lock.</summary>
    private PartUpload StartUpload()
    {
        var before = _cleanup;
        return new PartUpload(
            async cancellationToken =>
            {
                // A key given up is known to be before the next one is chosen.
                await before.ConfigureAwait(false);
                return await _context.Store.StartUploadAsync(_keys.ChooseKey(), cancellationToken).ConfigureAwait(false);
            },
            _lifetime.Token);
    }

    private async Task SendPartAsync(PartUpload upload, ContentPart part)
    {
        StorageError? error;
        try
        {
            error = await UploadPartAsync(upload, part).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            error = GivenUp;
        }
        catch (Exception exception)
        {
            // A defect. The file must hear of it; without this it would wait for the part for ever.
            error = new StorageError(StorageErrorKind.Io, $"'{Path}': a part could not be sent: {exception.GetType().Name}: {exception.Message}");
        }

        part.Sum?.EnsureDone();
        if (error is not null)
        {
            lock (_gate)
            {
                upload.Error ??= error;
            }

            upload.Cancel();
        }

        lock (_gate)
        {
            upload.InFlight--;
            if (upload.Find(part.Offset) is { } sent)
            {
                sent.IsInFlight = false;
            }

            if (error is not null)
            {
                part.Spool?.Return(part.SpoolTaken);
            }

            if (error is null && part.IsFreed && upload.Error is null)
            {
                FreeSent(upload, part);
            }

            if (_isDraining)
            {
                SendParts(PartGoal.All);
            }
            else if (upload.Error is null)
            {
                Stream();
            }
            else if (_exclusive is null && upload.InFlight == 0 && ReferenceEquals(_upload, upload))
            {
                FailStream(upload);
            }

            upload.Signal();
        }
    }

    private StorageError GivenUp => new(StorageErrorKind.Cancelled, $"'{Path}': its upload was given up");

    private async Task<StorageError?> UploadPartAsync(PartUpload upload, ContentPart part)
    {
        var started = await upload.StartAsync().ConfigureAwait(false);
        if (started.Error is { } error)
        {
            return error;
        }

        if (part.IsCopy)
        {
            return (await started.Value.CopyPartAsync(
                part.Number, part.Source!.Key, part.Source.Tag!, part.Offset, part.Length, upload.Token).ConfigureAwait(false)).Error;
        }

        return await SendAsync(
            part,
            async body => (await started.Value.UploadPartAsync(part.Number, body, part.IsLast, upload.Token).ConfigureAwait(false)).Error,
            upload.Token).ConfigureAwait(false);
    }

    /// <summary>Gets the bytes of a part, and sends and sums them at the same time.</summary>
    private async Task<StorageError?> SendAsync(
        ContentPart part, Func<ReadOnlySequence<byte>, Task<StorageError?>> send, CancellationToken cancellationToken)
    {
        if (part.ToRead > 0 && part.Sum is not null)
        {
            // Whoever has transfer memory must not wait for a part that may be waiting for it.
            await part.Sum.Previous.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        using var memory = part.ToRead == 0
            ? null : await _context.Memory.RentForTransferAsync(part.ToRead, cancellationToken).ConfigureAwait(false);
        var granules = new ReadOnlyMemory<byte>[part.Pages.Length];
        for (var i = 0; i < granules.Length; i++)
        {
            var position = part.Offset + ((long)i * Granule);
            if (part.Pages[i] is { } page)
            {
                granules[i] = page.Memory;
            }
            else if (position >= part.SourceLength && !IsIn(part, i))
            {
                granules[i] = ContentBody.Zeros;
            }
            else
            {
                var granule = memory!.Take();
                granules[i] = granule.Memory;
                var length = IsIn(part, i) ? part.SpoolLengths[i] : (int)Math.Min(Granule, part.SourceLength - position);
                var read = IsIn(part, i)
                    ? part.Spool!.ReadAsync(position, granule.Memory[..length], cancellationToken)
                    : new(ReadStoredAsync(part.Source!, position, granule.Memory[..length], cancellationToken));
                if (await read.ConfigureAwait(false) is { } error)
                {
                    return error;
                }

                if (IsIn(part, i) && part.Spool!.IsClosed)
                {
                    return GivenUp;
                }

                granule.Span[length..].Clear();
            }
        }

        var body = ContentBody.Create(granules, part.Length);
        var summing = part.Sum?.RunAsync(body) ?? Task.CompletedTask;
        var saving = SaveAsync(part, cancellationToken);
        try
        {
            var error = await send(body).ConfigureAwait(false);
            return error ?? await saving.ConfigureAwait(false);
        }
        finally
        {
            // They read the granules.
            await summing.ConfigureAwait(false);
            await ((Task)saving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<StorageError?> ReadStoredAsync(StoredObject stored, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var read = await _context.Store.ReadAsync(stored.Key, stored.Tag, offset, buffer, cancellationToken).ConfigureAwait(false);
        return read.Error ?? (read.Value == buffer.Length ? null : Shortened(stored));
    }

    /// <summary>Under the lock: a confirmed part needs no memory any more.</summary>
    private void FreeSent(PartUpload upload, ContentPart part)
    {
        var isSaved = part.Saved is not null && ReferenceEquals(part.Spool, _spool);
        for (var index = part.Offset / Granule; index * Granule < part.Offset + part.Length; index++)
        {
            if (_pages.TryGetValue(index, out var page))
            {
                if (page.IsChanged && !isSaved && upload.MustRestart)
                {
                    // It will be needed once more.
                    page.IsSent = false;
                    continue;
                }

                if (page.IsChanged && isSaved)
                {
                    _spool!.Add(index);
                }
                else if (page.IsChanged)
                {
                    upload.HasFreed = true;
                    _freed.Add(index);
                }

                FreePage(index);
            }
        }
    }

    /// <summary>Under the lock, nothing of it under way: bytes that were streamed are lost, and everybody is told.</summary>
    private void FailStream(PartUpload upload)
    {
        _error ??= upload.Error;
        FreePages();
        CloseSpool();
        Abandon(upload);
    }

    /// <summary>Under the lock, nothing of it under way: aborts the upload behind our back.</summary>
    private void Abandon(PartUpload upload)
    {
        _upload = null;
        _freed = new GranuleRanges();
        var before = _cleanup;
        _cleanup = Task.Run(async () =>
        {
            await before.ConfigureAwait(false);
            if (await upload.GetStartedAsync().ConfigureAwait(false) is { } started)
            {
                var aborted = await started.AbortAsync(CancellationToken.None).ConfigureAwait(false);
                if (aborted.Error is { } error)
                {
                    ObjectStorageLog.UploadRemains(_context.Logger, Path, error.ToString());
                }
            }

            upload.End();
            _keys.Stored(null, null);
        });
    }

    /// <summary>Has the turn: ends what is under way and gives the upload up.</summary>
    private async Task StopUploadAsync()
    {
        PartUpload? upload;
        lock (_gate)
        {
            upload = _upload;
            if (upload is null)
            {
                return;
            }

            upload.Error ??= GivenUp;
        }

        upload.Cancel();
        await WaitForPartsAsync(upload).ConfigureAwait(false);
        lock (_gate)
        {
            Abandon(upload);
        }
    }

    /// <summary>Has the turn: waits until no part is under way.</summary>
    private async Task WaitForPartsAsync(PartUpload upload)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (upload.InFlight == 0)
                {
                    return;
                }

                changed = upload.Changed;
            }

            await changed.ConfigureAwait(false);
        }
    }
}
