using System.Buffers;

namespace BackupFs.Storage.Objects;

/// <content>Sends parts.</content>
internal sealed partial class FileContent
{
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

        // What was spooled is to be sent again, and is nowhere else.
        _hasUnsentSpooled |= _spool is not null;
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
