namespace BackupFs.FileSystem;

/// <summary>
/// How somebody goes through the names of a listing, one lookup after the other, and how many of the next ones are worth asking
/// for. Not thread-safe.
/// </summary>
/// <param name="directory">The listing's directory.</param>
/// <param name="names">What it has, in ordinal order.</param>
internal sealed class ListingRun(string directory, IReadOnlyList<ListedName> names)
{
    /// <summary>Steps from a name to the next one before it is believed that more will follow.</summary>
    private const int FirstSteps = 2;

    /// <summary>The step from which <see cref="LookAhead.MostAnswers"/> are asked for.</summary>
    private const int EnoughSteps = 4;

    /// <summary>Names between two that are looked at, to see whether they needed no lookup.</summary>
    private const int MostSkipped = 64;

    private int _position = -1;
    private int _steps;
    private long _at;
    private TimeSpan _pace;

    /// <summary>The listing's directory.</summary>
    public string Directory { get; } = directory;

    /// <summary>Whether somebody is believed to go on.</summary>
    public bool IsGoing => _steps >= FirstSteps;

    /// <summary>When it went on last, by the clock's timestamps.</summary>
    public long At => _at;

    /// <summary>Goes on with a name, if that follows on the one before. One looked up again changes nothing.</summary>
    /// <param name="name">What is looked up.</param>
    /// <param name="isKnown">Whether a name needs no lookup, so that it may be left out.</param>
    /// <param name="now">The clock's timestamp.</param>
    /// <param name="time">The clock.</param>
    public bool TryGoOn(string name, Func<string, string, bool> isKnown, long now, TimeProvider time)
    {
        var index = IndexOf(name);
        var skipped = index - _position - 1;
        if (_position < 0 || index < _position || skipped > MostSkipped)
        {
            return false;
        }

        var isNext = index == _position || Enumerable.Range(_position + 1, skipped).All(between => isKnown(Directory, names[between].Name));
        if (!isNext && (!IsGoing || skipped > LookAhead.MostAnswers))
        {
            return false;
        }

        if (index > _position)
        {
            // What the kernel still remembers is left out, too; what was asked ahead of it was asked for nothing.
            _steps = isNext ? Math.Min(_steps + 1, EnoughSteps) : Math.Max(_steps - FirstSteps, 0);
            _pace = time.GetElapsedTime(_at, now);
            (_position, _at) = (index, now);
        }

        return true;
    }

    /// <summary>Begins at a name; false if that is not listed.</summary>
    public bool TryBegin(string name, long now)
    {
        var index = IndexOf(name);
        if (index < 0)
        {
            return false;
        }

        (_position, _steps, _at) = (index, 0, now);
        return true;
    }

    /// <summary>
    /// The names to ask for by now: more with each step, and never more than will be come to before an answer is too old.
    /// </summary>
    public IEnumerable<string> Ahead()
    {
        var count = IsGoing ? Math.Min(1 << _steps, LookAhead.MostAnswers) : 0;
        if (_pace > TimeSpan.Zero)
        {
            count = (int)Math.Min(count, LookAhead.Lifetime / _pace);
        }

        return names.Skip(_position + 1).Take(count).Select(listed => listed.Name);
    }

    private int IndexOf(string name)
    {
        var (low, high) = (0, names.Count - 1);
        while (low <= high)
        {
            var middle = low + ((high - low) / 2);
            var order = string.CompareOrdinal(names[middle].Name, name);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return -1;
    }
}
