namespace BackupFs.Mount;

/// <summary>A file system that is mounted. Disposing unmounts (lazily, if it is busy) and waits for the end.</summary>
public interface IMountSession : IAsyncDisposable
{
    /// <summary>Completes when the mount is gone, by whomever it was unmounted, and every request was answered.</summary>
    Task Ended { get; }

    /// <summary>Unmounts. Busy without <paramref name="lazy"/>: a <see cref="MountException"/> that says so.</summary>
    ValueTask UnmountAsync(bool lazy, CancellationToken cancellationToken);
}
