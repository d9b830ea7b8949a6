namespace BackupFs.Storage.File;

/// <summary>How a <see cref="FileStorage"/> works.</summary>
/// <param name="Root">Absolute path of the directory that holds the backups; made, with its parents, when missing.</param>
public sealed record FileStorageOptions(string Root)
{
    /// <summary>How many threads compute checksums behind the writers, 1..64; default 2. They run with lowered priority.</summary>
    public int ChecksumThreads { get; init; } = 2;

    /// <summary>How many fsync(2) calls the end of a backup makes at once, 1..256; default 8.</summary>
    public int SyncParallelism { get; init; } = 8;

    /// <summary>
    /// How long the end of a backup waits for files that are still open for writing before it is refused as Busy; default 10 s.
    /// The kernel closes files a little after close(2) returned.
    /// </summary>
    public TimeSpan WriterTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Called at each step whose loss in a crash must be harmless; for tests.</summary>
    internal Action<Checkpoint>? Reached { get; init; }
}
