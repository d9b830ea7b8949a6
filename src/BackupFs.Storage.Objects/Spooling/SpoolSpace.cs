namespace BackupFs.Storage.Objects;

/// <summary>The local directory for spooled files and the bytes that all of them may take there. Thread-safe.</summary>
internal sealed class SpoolSpace
{
    private const string NamePrefix = "backupfs-spool-";
    private readonly string _directory;
    private readonly long _limit;
    private long _used;

    /// <summary>Removes what processes that died between making a file and unlinking it left behind.</summary>
    /// <param name="directory">Existing when something is spooled.</param>
    /// <param name="limit">Bytes at most.</param>
    internal SpoolSpace(string directory, long limit)
    {
        _directory = directory;
        _limit = limit;
        try
        {
            foreach (var left in Directory.EnumerateFiles(directory, NamePrefix + "*"))
            {
                File.Delete(left);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Somebody else's leftovers do not matter; a directory that cannot be written is told when it is needed.
        }
    }

    /// <summary>Bytes taken.</summary>
    internal long Used => Volatile.Read(ref _used);

    /// <summary>Takes bytes if there are so many.</summary>
    internal bool TryTake(long bytes)
    {
        while (true)
        {
            var used = Used;
            if (bytes > _limit - used)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _used, used + bytes, used) == used)
            {
                return true;
            }
        }
    }

    /// <summary>Gives bytes back.</summary>
    internal void Return(long bytes) => Interlocked.Add(ref _used, -bytes);

    /// <summary>
    /// A new file without a name: it is gone when it is closed, however the process ends. Its name must be random, since two
    /// processes may use one directory.
    /// </summary>
    /// <exception cref="IOException">It could not be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory cannot be written.</exception>
    internal Microsoft.Win32.SafeHandles.SafeFileHandle Create()
    {
        var path = System.IO.Path.Combine(_directory, NamePrefix + Guid.NewGuid().ToString("N"));
        var file = File.OpenHandle(
            path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
        File.Delete(path);
        return file;
    }
}
