namespace BackupFs.Storage.Objects;

/// <summary>
/// Finds out where the files of a tree are read in a given order: a few files forward with hardly a gap. Several programs may
/// read in several places, and several may share one place: then they overtake each other. Not thread-safe.
/// </summary>
/// <remarks>Files that are read backwards, at random, or with gaps (every second one) are no run.</remarks>
internal sealed class FileRuns
{
    private const int MaximumRuns = 8;

    /// <summary>A run that was not continued for so many files does not count any more.</summary>
    private const int RememberedFiles = 32;

    private readonly List<FileRun> _runs = [];
    private long _files;

    /// <summary>Takes notice of a file that is read.</summary>
    /// <param name="place">Its place in the order.</param>
    /// <param name="windowLimit">Files that all runs together may have ahead.</param>
    /// <returns>The run that goes on with it; null if there is none.</returns>
    internal FileRun? Note(int place, int windowLimit)
    {
        _files++;
        var run = FindNearest(place);
        if (run is null)
        {
            Begin(place);
            return null;
        }

        run.LastUse = _files;
        var active = 0;
        foreach (var other in _runs)
        {
            active += other == run || (other.Window > 0 && _files - other.LastUse <= RememberedFiles) ? 1 : 0;
        }

        return run.Note(place, Math.Max(1, windowLimit / active)) ? run : null;
    }

    private FileRun? FindNearest(int place)
    {
        FileRun? nearest = null;
        foreach (var run in _runs)
        {
            if (run.IsNear(place) && (nearest is null || Math.Abs(place - run.Front) < Math.Abs(place - nearest.Front)))
            {
                nearest = run;
            }
        }

        return nearest;
    }

    private void Begin(int place)
    {
        if (_runs.Count == MaximumRuns)
        {
            _runs.Remove(_runs.MinBy(run => run.LastUse)!);
        }

        _runs.Add(new FileRun(place) { LastUse = _files });
    }
}
