namespace BackupFs.Storage.Objects;

/// <summary>A set of granules of a file, kept as ranges: files are written in long runs. Not thread-safe.</summary>
internal sealed class GranuleRanges
{
    private readonly List<(long Start, long End)> _ranges = [];

    /// <summary>How many granules are in it.</summary>
    internal long Count { get; private set; }

    /// <summary>Whether a granule is in it.</summary>
    internal bool Contains(long granule) => Find(granule) is var at && at < _ranges.Count && _ranges[at].Start <= granule;

    /// <summary>The first granule in it at or after <paramref name="granule"/>; <see cref="long.MaxValue"/> if there is none.</summary>
    internal long Next(long granule) => Find(granule) is var at && at < _ranges.Count ? Math.Max(granule, _ranges[at].Start) : long.MaxValue;

    /// <summary>Adds a granule; returns false if it was there.</summary>
    internal bool Add(long granule)
    {
        var at = Find(granule);
        if (at < _ranges.Count && _ranges[at].Start <= granule)
        {
            return false;
        }

        Count++;
        var joinsBefore = at > 0 && _ranges[at - 1].End == granule;
        var joinsAfter = at < _ranges.Count && _ranges[at].Start == granule + 1;
        switch (joinsBefore, joinsAfter)
        {
            case (true, true):
                _ranges[at - 1] = (_ranges[at - 1].Start, _ranges[at].End);
                _ranges.RemoveAt(at);
                break;
            case (true, false):
                _ranges[at - 1] = (_ranges[at - 1].Start, granule + 1);
                break;
            case (false, true):
                _ranges[at] = (granule, _ranges[at].End);
                break;
            default:
                _ranges.Insert(at, (granule, granule + 1));
                break;
        }

        return true;
    }

    /// <summary>Removes the granules at and after <paramref name="granule"/>; returns how many.</summary>
    internal long RemoveFrom(long granule)
    {
        var before = Count;
        for (var at = _ranges.Count - 1; at >= 0 && _ranges[at].End > granule; at--)
        {
            var (start, end) = _ranges[at];
            Count -= end - Math.Max(start, granule);
            if (start >= granule)
            {
                _ranges.RemoveAt(at);
            }
            else
            {
                _ranges[at] = (start, granule);
            }
        }

        return before - Count;
    }

    /// <summary>Removes the granules before <paramref name="granule"/>; returns how many.</summary>
    internal long RemoveBefore(long granule)
    {
        var before = Count;
        while (_ranges.Count > 0 && _ranges[0].Start < granule)
        {
            var (start, end) = _ranges[0];
            Count -= Math.Min(end, granule) - start;
            if (end <= granule)
            {
                _ranges.RemoveAt(0);
            }
            else
            {
                _ranges[0] = (granule, end);
            }
        }

        return before - Count;
    }

    /// <summary>All granules, ascending.</summary>
    internal IEnumerable<long> All()
    {
        foreach (var (start, end) in _ranges)
        {
            for (var granule = start; granule < end; granule++)
            {
                yield return granule;
            }
        }
    }

    /// <summary>The index of the first range that ends after a granule.</summary>
    private int Find(long granule)
    {
        var (low, high) = (0, _ranges.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _ranges[middle].End > granule ? (low, middle) : (middle + 1, high);
        }

        return low;
    }
}
