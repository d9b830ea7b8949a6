namespace BackupFs.Storage.Objects;

/// <content>
/// Keeps on a local disk what was sent, so that it can be read and written while the upload is not complete. A spooled granule
/// stands between a page and the stored version. Whatever of it is written again makes its part stale: that part, or
/// everything, is sent again before the upload is completed.
/// </content>
internal sealed partial class FileContent
{
    private SpoolFile? _spool;
    private bool _isSpoolFull;

    /// <summary>Whether pages that were not sent were spooled, so that parts are read from there.</summary>
    private bool _hasUnsentSpooled;

    private static bool IsIn(ContentPart part, int granule) => part.SpoolLengths.Length > 0 && part.SpoolLengths[granule] > 0;

    private bool IsSpooled(long index) => _spool is not null && _spool.Saved.Contains(index);

    /// <summary>Under the lock: what of granules is spooled.</summary>
    private int[] SpoolLengths(long start, int granules) =>
        _spool is null ? [] : [.. Enumerable.Range(0, granules).Select(i => _spool.LengthOf((start / Granule) + i))];

    /// <summary>Under the lock: lets a part be spooled before its memory is freed, if there is room.</summary>
    private ContentPart WithSpool(PartUpload upload, ContentPart part)
    {
        if (_context.Spool is null || _isSpoolFull || !part.IsFreed)
        {
            return part;
        }

        var first = part.Offset / Granule;
        int[] changed = [.. Enumerable.Range(0, part.Pages.Length).Where(i => _pages.GetValueOrDefault(first + i) is { IsChanged: true })];
        if (changed.Length == 0)
        {
            return part;
        }

        var taken = changed.Count(i => !IsSpooled(first + i));
        _spool ??= new SpoolFile(_context.Spool);
        if (_spool.TryTake(taken))
        {
            return part with { Spool = _spool, Saved = changed, SpoolTaken = taken };
        }

        // From here on the file is not spooled. If it was only ever appended to, it needs no spool, and others might.
        _isSpoolFull = true;
        if (!_hasUnsentSpooled && !upload.MustRestart && !upload.Sent.Exists(sent => sent.IsStale))
        {
            upload.HasFreed |= _spool.Saved.Count > 0;
            foreach (var index in _spool.Saved.All().Where(index => !_pages.ContainsKey(index)))
            {
                _freed.Add(index);
            }

            CloseSpool();
        }

        return part;
    }

    /// <summary>Writes the granules of a part that are to be spooled.</summary>
    private static async Task<StorageError?> SaveAsync(ContentPart part, CancellationToken cancellationToken)
    {
        foreach (var i in part.Saved ?? [])
        {
            if (await part.Spool!.WriteAsync((part.Offset / Granule) + i, part.Pages[i]!.Memory, cancellationToken).ConfigureAwait(false) is { } error)
            {
                return error;
            }
        }

        return null;
    }

    /// <summary>Under the lock: nothing of the spool is needed any more.</summary>
    private void CloseSpool()
    {
        _spool?.Close();
        _spool = null;
        _hasUnsentSpooled = false;
    }

    /// <summary>Under the lock: whether bytes of a part that was sent can be changed, because the part can be sent again.</summary>
    private bool CanRewrite(PartUpload upload, long start, long end)
    {
        if (_context.Spool is null)
        {
            return false;
        }

        for (var offset = start; offset < Math.Min(end, upload.SentEnd);)
        {
            if (upload.Find(offset) is not { } part)
            {
                return false;
            }

            var isComplete = NeedsRestart(part)
                ? _freed.Count == 0
                : _freed.Next(part.Offset / Granule) * (double)Granule >= part.Offset + part.Length;
            if (!isComplete)
            {
                return false;
            }

            offset = part.Offset + part.Length;
        }

        return true;
    }

    /// <summary>Whether a part that changed cannot be sent again by itself.</summary>
    private bool NeedsRestart(SentPart part) =>
        part.IsCopy || _context.Store.Limits.PartsInOrder || part.Length > (long)_context.Memory.Reserve * Granule;

    /// <summary>Under the lock: a part is about to be changed. False while it is under way.</summary>
    private bool MakeStale(PartUpload upload, long offset)
    {
        var part = upload.Find(offset)!;
        if (part.IsInFlight)
        {
            return false;
        }

        part.IsStale = true;
        upload.MustRestart |= NeedsRestart(part);
        return true;
    }

    /// <summary>Has the turn, no part under way: sends again what changed since it was sent. True if the upload is to begin anew.</summary>
    private async Task<bool> ResendAsync(PartUpload upload)
    {
        while (true)
        {
            lock (_gate)
            {
                if (upload.Error is not null)
                {
                    return false;
                }

                if (upload.MustRestart)
                {
                    Abandon(upload);
                    foreach (var page in _pages.Values)
                    {
                        page.IsSent = false;
                    }

                    return true;
                }

                foreach (var sent in upload.Sent.Where(sent => sent.IsStale).Take(PartsInFlight))
                {
                    sent.IsStale = false;
                    sent.IsInFlight = true;
                    upload.InFlight++;
                    var part = PlanResend(sent);
                    _ = Task.Run(() => SendPartAsync(upload, part));
                }

                if (upload.InFlight == 0)
                {
                    return false;
                }
            }

            await WaitForPartsAsync(upload).ConfigureAwait(false);
        }
    }

    /// <summary>Under the lock.</summary>
    private ContentPart PlanResend(SentPart sent)
    {
        var granules = (int)((sent.Length + Granule - 1) / Granule);
        var pages = new Granule?[granules];
        var toRead = 0;
        for (var i = 0; i < granules; i++)
        {
            var index = (sent.Offset / Granule) + i;
            var page = _pages.GetValueOrDefault(index);
            if (page is not null)
            {
                page.IsSent = true;
                pages[i] = page.Memory;
            }

            toRead += page is null && (index * Granule < _storedLength || IsSpooled(index)) ? 1 : 0;
        }

        return new ContentPart(sent.Number, sent.Offset, sent.Length, sent.IsLast, _stored, _storedLength)
        {
            Pages = pages,
            Spool = _spool,
            SpoolLengths = SpoolLengths(sent.Offset, granules),
            ToRead = toRead,
        };
    }

    /// <summary>Has the turn: writes pages to the spool and frees them.</summary>
    private async Task SpoolPagesAsync()
    {
        try
        {
            List<(long Index, ContentPage Page)> pages;
            lock (_gate)
            {
                pages = [.. _pages.Where(page => page.Value is { IsChanged: true, IsSent: false }).Select(page => (page.Key, page.Value))];
                _spool ??= new SpoolFile(_context.Spool!);
                _hasUnsentSpooled = true;
            }

            foreach (var (index, page) in pages)
            {
                var taken = 0;
                lock (_gate)
                {
                    taken = IsSpooled(index) ? 0 : 1;
                    if (!_spool!.TryTake(taken))
                    {
                        _isSpoolFull = true;
                        return;
                    }
                }

                var error = await _spool.WriteAsync(index, page.Memory.Memory, _lifetime.Token).ConfigureAwait(false);
                lock (_gate)
                {
                    if (error is not null)
                    {
                        _error ??= error;
                        FreePages();
                        CloseSpool();
                        return;
                    }

                    _spool.Add(index);
                    FreePage(index);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // It is being discarded.
        }
        finally
        {
            Exit();
        }
    }
}
