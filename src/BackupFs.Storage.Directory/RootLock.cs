namespace BackupFs.Storage.Directory;

/// <summary>
/// Keeps conditional puts, of this process and others, one after another: a look and a move are two steps. The lock is a file that is open
/// for one process only, and free when that ends in whatever way. Thread-safe.
/// </summary>
internal sealed class RootLock(string path, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Waits for the lock.</summary>
    /// <exception cref="StorageException">Unavailable: somebody has held it for half a minute.</exception>
    internal async ValueTask<IDisposable> TakeAsync(CancellationToken cancellationToken)
    {
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var started = time.GetTimestamp();
        while (true)
        {
            try
            {
                return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException exception) when (DirectoryErrors.IsInUse(exception))
            {
                if (time.GetElapsedTime(started) > Patience)
                {
                    throw new StorageException(new StorageError(
                        StorageErrorKind.Unavailable, $"'{path}' is held by another process; end it if it hangs", IsTransient: true));
                }
            }

            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
