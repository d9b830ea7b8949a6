namespace BackupFs.Cli.Mounting;

/// <summary>A file system that runs and is mounted. Disposing unmounts, lazily if it is busy.</summary>
internal interface IRunningMount : IAsyncDisposable
{
    /// <summary>What the user is told: storage, mount point and layout, without secrets.</summary>
    string Description { get; }

    /// <summary>Completes when the mount is gone, by whomever it was unmounted.</summary>
    Task Ended { get; }

    /// <summary>Ends what the end policy lets end, and waits for it. Draining twice is harmless.</summary>
    Task<DrainOutcome> DrainAsync(CancellationToken cancellationToken);

    /// <summary>Unmounts.</summary>
    /// <exception cref="BackupFs.Mount.MountException">It is busy and <paramref name="lazy"/> was not asked for.</exception>
    ValueTask UnmountAsync(bool lazy, CancellationToken cancellationToken);
}
