namespace BackupFs.Fuse.Processes;

/// <summary>The living processes under watch, by number. Thread-safe.</summary>
internal sealed class ProcessTable
{
    private readonly Dictionary<int, WatchedProcess> _byProcessId = [];
    private readonly Dictionary<ulong, WatchedProcess> _byNumber = [];
    private readonly Lock _gate = new();

    /// <summary>How many there are, those whose status is still awaited included.</summary>
    internal int Count
    {
        get
        {
            lock (_gate)
            {
                return _byNumber.Count;
            }
        }
    }

    /// <summary>
    /// The process that has this number now. One that has ended is not found even before its end was noticed: its number may be
    /// another's already. Allocates nothing.
    /// </summary>
    internal WatchedProcess? FindLiving(int processId)
    {
        WatchedProcess? found;
        lock (_gate)
        {
            _ = _byProcessId.TryGetValue(processId, out found);
        }

        return found is null || found.Descriptor.IsEnded ? null : found;
    }

    /// <summary>By the number that we gave it.</summary>
    internal WatchedProcess? Find(ulong number)
    {
        lock (_gate)
        {
            return _byNumber.GetValueOrDefault(number);
        }
    }

    /// <summary>Adds it, unless its process is there already: then the one that is.</summary>
    internal WatchedProcess AddOrGet(WatchedProcess fresh)
    {
        lock (_gate)
        {
            if (_byProcessId.TryGetValue(fresh.ProcessId, out WatchedProcess? known) && !known.Descriptor.IsEnded)
            {
                return known;
            }

            _byProcessId[fresh.ProcessId] = fresh;
            _byNumber[fresh.Number] = fresh;
            return fresh;
        }
    }

    /// <summary>Takes it out; the number's next owner stays.</summary>
    internal void Remove(WatchedProcess process)
    {
        lock (_gate)
        {
            _ = _byNumber.Remove(process.Number);
            if (_byProcessId.GetValueOrDefault(process.ProcessId) == process)
            {
                _ = _byProcessId.Remove(process.ProcessId);
            }
        }
    }

    /// <summary>Everything in it, for closing down.</summary>
    internal List<WatchedProcess> Snapshot()
    {
        lock (_gate)
        {
            return [.. _byNumber.Values];
        }
    }
}
