namespace BackupFs.Storage.Objects;

/// <content>Gives memory back when others need it.</content>
internal sealed partial class FileContent
{
    /// <summary>What can be done for memory, from what costs nothing to what costs most.</summary>
    private enum ReclaimStep
    {
        Nothing,
        DropStored,
        SendFull,
        Spool,
        StoreSmall,
        StoreStreamed,
    }

    /// <inheritdoc/>
    int IMemoryReclaimer.Priority
    {
        get
        {
            lock (_gate)
            {
                // Above read-ahead, which can be had again.
                return 1000 + (int)NextReclaimStep();
            }
        }
    }

    /// <inheritdoc/>
    long IMemoryReclaimer.Recency => Volatile.Read(ref _lastWritten);

    /// <inheritdoc/>
    long IMemoryReclaimer.Reclaimable
    {
        get
        {
            lock (_gate)
            {
                return NextReclaimStep() == ReclaimStep.Nothing ? 0 : (long)_pages.Count * Granule;
            }
        }
    }

    /// <inheritdoc/>
    async ValueTask IMemoryReclaimer.ReclaimAsync(CancellationToken cancellationToken)
    {
        Task? sending = null;
        var isSpooled = false;
        lock (_gate)
        {
            switch (NextReclaimStep())
            {
                case ReclaimStep.Nothing:
                    return;
                case ReclaimStep.DropStored:
                    foreach (var index in _pages.Where(page => !page.Value.IsChanged && !page.Value.IsSent).Select(page => page.Key).ToList())
                    {
                        FreePage(index);
                    }

                    return;
                case ReclaimStep.SendFull:
                    SendParts(PartGoal.Reclaim);
                    sending = _upload?.Changed;
                    break;
                case ReclaimStep.Spool:
                    isSpooled = true;
                    _exclusive = new(TaskCreationOptions.RunContinuationsAsynchronously);
                    break;
                case ReclaimStep.StoreSmall or ReclaimStep.StoreStreamed:
                    // The turn is free; nobody else can take it under the lock.
                    _exclusive = new(TaskCreationOptions.RunContinuationsAsynchronously);
                    break;
            }
        }

        if (sending is not null)
        {
            await sending.ConfigureAwait(false);
            return;
        }

        await (isSpooled ? SpoolPagesAsync() : EvictAsync()).ConfigureAwait(false);
    }

    /// <summary>Has the turn: stores the file as it is now. A later write goes on from that version.</summary>
    private async Task EvictAsync()
    {
        try
        {
            var error = await _keys.AnnouncePartialAsync().ConfigureAwait(false) ?? await StoreAsync(evict: true).ConfigureAwait(false);
            lock (_gate)
            {
                if (error is not null)
                {
                    // Others need the memory, and the store has tried again already.
                    _error ??= error;
                    FreePages();
                    CloseSpool();
                }
            }
        }
        finally
        {
            Exit();
        }
    }

    /// <summary>Under the lock: the cheapest thing that gives memory back.</summary>
    private ReclaimStep NextReclaimStep()
    {
        if (_exclusive is not null || _isDiscarded || _pages.Count == 0 || _upload is { Error: not null })
        {
            return ReclaimStep.Nothing;
        }

        foreach (var page in _pages.Values)
        {
            if (!page.IsChanged && !page.IsSent)
            {
                return ReclaimStep.DropStored;
            }
        }

        // Nothing more of an upload is sent that has to begin anew: waiting for that would be for ever.
        if (_upload is { MustRestart: false } && _upload.InFlight < PartsInFlight && PlanPart(PartGoal.Reclaim) is not null)
        {
            return ReclaimStep.SendFull;
        }

        var canSpool = _context.Spool is not null && !_isSpoolFull && _pages.Values.Any(page => page is { IsChanged: true, IsSent: false });
        return canSpool ? ReclaimStep.Spool

            // Not sent in parts before it is as large as the window: what is sent cannot be written again, what is stored can.
            : _upload is null ? ReclaimStep.StoreSmall

            // Memory is on its way.
            : _upload.InFlight > 0 || _upload.IsFull ? ReclaimStep.Nothing
            : ReclaimStep.StoreStreamed;
    }
}
