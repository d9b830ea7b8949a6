using BackupFs.Storage.File.Interop;
using BackupFs.Storage.File.Trees;

namespace BackupFs.Storage.File.Ending;

/// <summary>
/// Makes a tree durable. syncfs(2) first writes everything back in one go; then every file and directory is fsynced, because only
/// that reports each file's own write errors. Sizes are looked at once more on the way.
/// </summary>
/// <remarks>
/// The kernel tells a write error once and then takes the lost pages for clean, so the next fsync would succeed. What was
/// told is therefore recorded: for the file, which has to be written again, or, if no file is to blame, for the whole backup.
/// </remarks>
internal sealed class TreeSync(Descriptor root, int parallelism, IErrorRecorder errors)
{
    /// <summary>Returns when everything survives a crash of the machine.</summary>
    /// <exception cref="StorageException">The first error, with the file's path; all are recorded.</exception>
    public void Run(List<WalkedEntry> entries, CancellationToken cancellationToken)
    {
        Errno wholeError;

        // An O_PATH descriptor cannot be synced.
        Require(OpenCalls.OpenAt(root, "", OpenFlags.ReadOnly | OpenFlags.Directory, 0, out var directory), "");
        using (directory)
        {
            wholeError = SyncCalls.SyncFileSystem(directory);
        }

        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = Math.Clamp(parallelism, 1, 256),
            CancellationToken = cancellationToken,
        };
        try
        {
            Parallel.ForEach(entries, options, Sync);
        }
        catch (AggregateException exception) when (exception.InnerExceptions[0] is StorageException first)
        {
            throw first.Error.ToException(exception);
        }

        // No file of ours says that it lost something; perhaps the file system has, perhaps it was somebody else's.
        RequireWritten(wholeError, "");
    }

    private void Sync(WalkedEntry entry)
    {
        var flags = OpenFlags.ReadOnly | OpenFlags.Directory;
        if (entry.Attributes.Type == EntryType.File)
        {
            Require(ReadableFile.Open(root, entry.Path, out var file), entry.Path);
            using (file)
            {
                RequireWritten(SyncCalls.Sync(file), entry.Path);
                Require(AttributeCalls.Statx(file, out var attributes), entry.Path);
                if ((long)attributes.Size != entry.Attributes.Size || attributes.Inode != entry.Attributes.FileId)
                {
                    throw new StorageException(
                        StorageErrorKind.Busy,
                        $"'{BackupPath.Printable(entry.Path)}' changed while the backup was being ended, although nobody has it open here");
                }
            }
        }
        else if (entry.Attributes.Type == EntryType.Directory)
        {
            Require(OpenCalls.OpenBeneath(root, entry.Path, flags, out var directory), entry.Path);
            using (directory)
            {
                RequireWritten(SyncCalls.Sync(directory), entry.Path);
            }
        }

        // Links and nodes are part of their directory.
    }

    private void RequireWritten(Errno errno, string path)
    {
        if (errno != Errno.Success)
        {
            var error = ErrnoMap.ToError(errno, "making durable", path.Length == 0 ? "." : path);
            errors.RecordError(error, path.Length == 0 ? null : path);
            throw error.ToException();
        }
    }

    private static void Require(Errno errno, string path)
    {
        if (errno != Errno.Success)
        {
            throw ErrnoMap.ToError(errno, "making durable", path.Length == 0 ? "." : path).ToException();
        }
    }
}
