namespace BackupFs.Storage.Objects;

/// <content>Cuts the file into parts.</content>
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
}
