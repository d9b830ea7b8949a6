namespace BackupFs.Fuse.Serving;

/// <summary>
/// Brings INTERRUPT to the request it means. One may be read before its request is registered by another thread: such
/// numbers are remembered for a while. Interrupts are rare, so the search through the slots does not matter.
/// </summary>
internal sealed class InterruptTable(RequestPool pool)
{
    private const int MaxRemembered = 64;
    private readonly Lock _gate = new();
    private readonly List<ulong> _early = [];
    private volatile bool _hasEarly;

    /// <summary>
    /// Interrupts a pending request. False when there is none with that number and this was said the first time: the
    /// kernel is then asked to repeat the interrupt (EAGAIN), once.
    /// </summary>
    internal bool Interrupt(ulong unique)
    {
        if (Find(unique))
        {
            return true;
        }

        bool known;
        lock (_gate)
        {
            known = _early.Contains(unique);
            if (!known)
            {
                if (_early.Count == MaxRemembered)
                {
                    _early.RemoveAt(0);
                }

                _early.Add(unique);
                _hasEarly = true;
            }
        }

        // The request may have been registered between the search and the note.
        return Find(unique) || known;
    }

    /// <summary>A request was registered: interrupts it if its interrupt came first.</summary>
    internal void Registered(RequestSlot slot, ulong unique)
    {
        if (_hasEarly && Forget(unique))
        {
            slot.TryInterrupt(unique);
        }
    }

    private bool Find(ulong unique)
    {
        foreach (RequestSlot slot in pool.All)
        {
            if (slot.TryInterrupt(unique))
            {
                return true;
            }
        }

        return false;
    }

    private bool Forget(ulong unique)
    {
        lock (_gate)
        {
            bool removed = _early.Remove(unique);
            _hasEarly = _early.Count > 0;
            return removed;
        }
    }
}
