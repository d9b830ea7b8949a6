namespace BackupFs.FileSystem;

/// <summary>
/// Tells what becomes of the processes that write into backups: how truncated backups are noticed. The platform
/// implements it; the file system only draws conclusions.
/// </summary>
public interface IWriterObserver
{
    /// <summary>
    /// Called while a process waits for our answer to a mkdir, create or open for writing, so it is alive: the process,
    /// watched from now on, always the same object for the same process. Null when it cannot be seen (another
    /// container, a kernel thread) or watching is off. Fast; never blocks on the caller.
    /// </summary>
    /// <param name="callerId">What the request carries: on Linux a thread id in our pid namespace; 0 = unknown.</param>
    IObservedProcess? Observe(uint callerId);

    /// <summary>
    /// Called while a thread waits for our answer to a close: the process if it is being torn down (its descriptors are
    /// closed by its death, not by close(2)), watched if it was not yet; null if it lives on or cannot be seen.
    /// </summary>
    IObservedProcess? ObserveIfExiting(uint callerId);

    /// <summary>
    /// Returns when everything that had happened before the call is known: exits of watched processes have been
    /// reported through <see cref="IObservedProcess.Ended"/>, and searches for feeders have finished. Takes milliseconds.
    /// </summary>
    ValueTask SettleAsync(CancellationToken cancellationToken);

    /// <summary>The numbers of the caller's process, of its parent, and so on: those that wait for what the caller does. Empty if unknown.</summary>
    IReadOnlyCollection<int> AncestorsOf(uint callerId);
}
