using BackupFs.Storage.Directory.Interop;

namespace BackupFs.Storage.Directory;

/// <summary>Gives files that are whole their names, atomically and durably. Thread-safe.</summary>
internal sealed class Placement(ObjectPaths paths, TimeProvider time)
{
    /// <summary>How often is tried what somebody's open file, or somebody's tidying up, gets in the way of.</summary>
    private const int Attempts = 40;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Moves a file to its key.</summary>
    /// <param name="source">The file; whole and durable.</param>
    /// <param name="key">Checked.</param>
    /// <param name="replaces">Whether it may replace an object; else AlreadyExists.</param>
    /// <param name="cancellationToken">Ends waiting for others.</param>
    internal async ValueTask MoveAsync(string source, string key, bool replaces, CancellationToken cancellationToken)
    {
        var path = paths.PathOf(key);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                paths.MakeParents(key);
                RequireFileOrNothing(key, path);
                Move(source, path, replaces);
                ObjectPaths.SyncDirectory(Path.GetDirectoryName(path)!);
                return;
            }
            catch (IOException exception) when (attempt < Attempts && DirectoryErrors.IsNotFound(exception) && File.Exists(source))
            {
                // A directory was empty until now, and somebody removed it, or was faster to make it.
            }
            catch (Exception exception) when (attempt < Attempts && OperatingSystem.IsWindows()
                && (exception is UnauthorizedAccessException || DirectoryErrors.IsInUse(exception)))
            {
                // Windows does not replace a file that somebody is reading.
                await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private void RequireFileOrNothing(string key, string path)
    {
        if (System.IO.Directory.Exists(path) && !ObjectPaths.IsLink(path))
        {
            try
            {
                System.IO.Directory.Delete(path);
            }
            catch (IOException exception) when (!DirectoryErrors.IsNotFound(exception))
            {
                throw new StorageException(StorageErrorKind.IsADirectory, $"'{BackupPath.Printable(key)}' has objects below it, and cannot be one");
            }
        }
        else if (File.Exists(path))
        {
            paths.RequireSameCase(key);
        }
    }

    private static void Move(string source, string path, bool replaces)
    {
        if (OperatingSystem.IsWindows())
        {
            File.Move(source, path, replaces);
            return;
        }

        if (replaces)
        {
            Posix.Rename(source, path);
            return;
        }

        switch (Posix.TryLink(source, path))
        {
            case 0:
                File.Delete(source);
                break;
            case (Posix.AlreadyExists or Posix.NotFound or Posix.OtherFileSystem) and var errno:
                throw Posix.Error($"linking to '{path}'", errno);
            default:
                // A file system without links: File.Move looks before it renames, which is not atomic, and has to do, with the lock.
                File.Move(source, path, overwrite: false);
                break;
        }
    }
}
