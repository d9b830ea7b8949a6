namespace BackupFs.Storage.Objects;

/// <content>Makes one stored object of what was written.</content>
internal sealed partial class FileContent
{
    /// <summary>Returns when everything written before is one stored and confirmed object. Nothing to do: completes at once.</summary>
    /// <remarks>
    /// Cancelling ends only the wait. When it fails and nothing is lost, the next call tries again; otherwise it fails in the
    /// same way until the content is cut to nothing.
    /// </remarks>
    internal ValueTask<StorageResult<Done>> FlushAsync(CancellationToken cancellationToken)
    {
        Task<StorageResult<Done>> flush;
        lock (_gate)
        {
            if (_isDiscarded || _error is not null)
            {
                return new((_isDiscarded ? Discarded : _error)!);
            }

            if (!_isDirty && _exclusive is null)
            {
                return new(Done.Ok);
            }

            // Nothing is written during a flush; so one that has begun has everything that was written before this call.
            flush = _flush ??= Task.Run(RunFlushAsync, CancellationToken.None);
        }

        return new(flush.WaitAsync(cancellationToken));
    }

    private async Task<StorageResult<Done>> RunFlushAsync()
    {
        await EnterAsync().ConfigureAwait(false);
        try
        {
            var error = await StoreAsync(evict: false).ConfigureAwait(false);
            lock (_gate)
            {
                _lastFlushError = error;
            }

            return error is null ? Done.Ok : error;
        }
        finally
        {
            lock (_gate)
            {
                _flush = null;
            }

            Exit();
        }
    }

    /// <summary>Has the turn: stores everything.</summary>
    /// <param name="evict">Whether no page is to be left in memory.</param>
    private async Task<StorageError?> StoreAsync(bool evict)
    {
        bool isSmall;
        lock (_gate)
        {
            if (_isDiscarded || _error is not null)
            {
                return _isDiscarded ? Discarded : _error!;
            }

            isSmall = _upload is null && _size <= Math.Min(_schedule.First, _context.Store.Limits.MaximumPutSize)
                && _size <= (long)_context.Memory.Reserve * Granule;
        }

        StorageError? error = null;
        if (IsDirty)
        {
            try
            {
                error = isSmall ? await PutAsync().ConfigureAwait(false) : await DrainAsync().ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                error = GivenUp;
            }
        }

        lock (_gate)
        {
            if (error is null && (evict || _size > _windows.Head))
            {
                FreePages();
            }
        }

        return error;
    }

    private async Task<StorageError?> PutAsync()
    {
        ContentPart part;
        Task cleanup;
        lock (_gate)
        {
            var pages = new Granule?[(_size + Granule - 1) / Granule];
            var toRead = 0;
            for (var i = 0; i < pages.Length; i++)
            {
                pages[i] = _pages.GetValueOrDefault(i)?.Memory;
                toRead += pages[i] is null && ((long)i * Granule < _storedLength || IsSpooled(i)) ? 1 : 0;
            }

            part = WithSum(new ContentPart(0, 0, _size, true, _stored, _storedLength)
            {
                Pages = pages,
                Spool = _spool,
                SpoolLengths = SpoolLengths(0, pages.Length),
                ToRead = toRead,
            });
            cleanup = _cleanup;
        }

        await cleanup.ConfigureAwait(false);
        var key = _keys.ChooseKey();
        ObjectInfo? put = null;
        StorageError? error;
        try
        {
            error = await SendAsync(
                part,
                async body =>
                {
                    var result = await _context.Store.PutAsync(key, body, PutCondition.None, _lifetime.Token).ConfigureAwait(false);
                    put = result.IsOk ? result.Value : null;
                    return result.Error;
                },
                _lifetime.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            error = GivenUp;
        }

        part.Sum?.EnsureDone();
        error ??= CheckSize(put!, part.Length);
        if (error is null)
        {
            Commit(put!, part.Length);
        }
        else
        {
            _keys.Stored(null, null);
        }

        return error;
    }

    private StorageError? CheckSize(ObjectInfo stored, long size) => stored.Size == size
        ? null
        : new StorageError(StorageErrorKind.Corrupt, $"'{Path}': the store says it has {stored.Size} bytes of the {size} that were sent");

    /// <summary>Sends everything that is not sent yet, and completes the upload; several, where one has too few parts.</summary>
    private async Task<StorageError?> DrainAsync()
    {
        lock (_gate)
        {
            _isDraining = true;
        }

        try
        {
            while (true)
            {
                PartUpload? upload;
                lock (_gate)
                {
                    SendParts(PartGoal.All);
                    upload = _upload;
                    if (upload is null)
                    {
                        return TooManyParts;
                    }
                }

                await WaitForPartsAsync(upload).ConfigureAwait(false);
                if (await ResendAsync(upload).ConfigureAwait(false))
                {
                    continue;
                }

                if (await CompleteAsync(upload).ConfigureAwait(false) is { } error)
                {
                    return error;
                }

                if (!IsDirty)
                {
                    return null;
                }
            }
        }
        finally
        {
            lock (_gate)
            {
                _isDraining = false;
            }
        }
    }

    private StorageError TooManyParts => new(
        StorageErrorKind.FileTooLarge,
        $"'{Path}': the store takes {_context.Store.Limits.MaximumParts} parts of an upload, too few for {Size} bytes");

    /// <summary>Has the turn: an upload was full before the file's end. Makes what there is the stored version, to go on from there.</summary>
    private async Task ContinueUploadAsync()
    {
        await EnterAsync().ConfigureAwait(false);
        try
        {
            PartUpload? upload;
            lock (_gate)
            {
                upload = _upload is { IsFull: true } full ? full : null;
            }

            if (upload is not null)
            {
                await WaitForPartsAsync(upload).ConfigureAwait(false);
                if (!await ResendAsync(upload).ConfigureAwait(false) && await CompleteAsync(upload).ConfigureAwait(false) is { } error)
                {
                    lock (_gate)
                    {
                        // Nobody is waiting who could be told now.
                        _error ??= error;
                        FreePages();
                        CloseSpool();
                    }
                }
            }
        }
        finally
        {
            Exit();
        }
    }

    /// <summary>Has the turn, no part under way: completes the upload, whose bytes then are the stored version.</summary>
    private async Task<StorageError?> CompleteAsync(PartUpload upload)
    {
        StorageError? error;
        long length;
        lock (_gate)
        {
            error = upload.Error;
            length = upload.SentEnd;
            // Without copies everything would be read back to come to the same end; and what is stored behind the end of the
            // upload would be lost with the version that is replaced.
            if (error is null && length < _size
                && (!upload.IsFull || !_context.Store.Limits.PartCopy || _storedLength >= length))
            {
                error = TooManyParts;
            }
        }

        if (error is null && length < Size)
        {
            error = await _keys.AnnouncePartialAsync().ConfigureAwait(false);
        }

        if (error is null)
        {
            try
            {
                var started = await upload.StartAsync().ConfigureAwait(false);
                var completed = await started.Value.CompleteAsync(upload.Parts, upload.Token).ConfigureAwait(false);
                error = completed.Error ?? CheckSize(completed.Value, length);
                if (error is null)
                {
                    upload.End();
                    Commit(completed.Value, length);
                    return null;
                }
            }
            catch (OperationCanceledException)
            {
                error = GivenUp;
            }
        }

        lock (_gate)
        {
            var isLost = upload.HasFreed;
            Abandon(upload);
            if (isLost)
            {
                _error ??= error;
                FreePages();
                CloseSpool();
            }
            else
            {
                foreach (var page in _pages.Values)
                {
                    page.IsSent = false;
                }
            }
        }

        return error;
    }

    /// <summary>Has the turn: the first <paramref name="length"/> bytes are stored.</summary>
    private void Commit(ObjectInfo info, long length)
    {
        var stored = new StoredObject(info.Key, length, info.Tag);
        StoredObject? previous;
        lock (_gate)
        {
            previous = _stored;
            Volatile.Write(ref _stored, stored);
            _storedLength = length;
            _upload = null;
            _freed = new GranuleRanges();
            _checksums = null;
            _isSpoolFull = false;
            if (length == _size)
            {
                CloseSpool();
            }
            else
            {
                _spool?.RemoveBefore(length);
            }

            foreach (var (index, page) in _pages)
            {
                page.IsSent = false;
                if (page.IsChanged && index * Granule < length)
                {
                    page.IsChanged = false;
                    _changedPages--;
                }
            }

            if (length == _size)
            {
                _writtenEnd = 0;
                Volatile.Write(ref _isDirty, false);
            }
        }

        _keys.Stored(previous, stored);
    }
}
