namespace BackupFs.Fuse.Processes;

/// <summary>How long the watcher waits for what. A test that must not depend on a busy machine takes longer ones.</summary>
internal sealed record ProcessWatcherLimits
{
    /// <summary>How long an ended process is asked about whose status is hidden until it is reaped.</summary>
    internal TimeSpan ExitPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a caller waits for the first look at a new process.</summary>
    internal TimeSpan FirstLook { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>How long a flush waits for a status that cannot be learned later.</summary>
    internal TimeSpan Capture { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>How long one look at all processes may take.</summary>
    internal TimeSpan Scan { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a settling waits for searches.</summary>
    internal TimeSpan SettleSearches { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a settling waits for a status that is hidden.</summary>
    internal TimeSpan SettleExits { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// When, after it was first seen, a doubtful holder of a pipe is looked at again; one that holds it at the last of these is a
    /// feeder. A shell closes the pipes of its pipeline microseconds after it forked, but on a busy machine it may not run for a
    /// while.
    /// </summary>
    internal IReadOnlyList<TimeSpan> SecondLooks { get; init; } =
        [TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(25), TimeSpan.FromMilliseconds(100)];

    /// <summary>
    /// When a stage of a pipeline that may not have got its input yet is looked at again. Longer, because a child that did not
    /// run yet hides all stages before it.
    /// </summary>
    internal IReadOnlyList<TimeSpan> InputLooks { get; init; } =
    [
        TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(25), TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(400),
        TimeSpan.FromMilliseconds(1000),
    ];
}
