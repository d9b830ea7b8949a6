using BackupFs.Storage.File.Interop;
using BackupFs.Storage.File.Staging;

namespace BackupFs.Storage.File;

public sealed partial class FileStorage
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<IBackupHandle>> ListBackupsAsync(string directory, CancellationToken cancellationToken)
    {
        RequireDirectory(directory);
        return new(Task.Run<IReadOnlyList<IBackupHandle>>(
            () => [.. ListPlaced(directory).Where(backup => backup.State != BackupState.Incomplete)], cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<IBackupHandle>> ListIncompleteAsync(string directory, CancellationToken cancellationToken)
    {
        RequireDirectory(directory);
        return new(Task.Run<IReadOnlyList<IBackupHandle>>(
            () =>
            [
                .. ListPlaced(directory).Where(backup => backup.State == BackupState.Incomplete)
                    .Concat(Staging.ListIncomplete(directory).Select(ToHandle))
                    .OrderBy(backup => backup.Name, StringComparer.Ordinal),
            ],
            cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<IBackupHandle?> FindBackupAsync(string directory, string name, CancellationToken cancellationToken)
    {
        BackupPath.RequireBackup(directory, name);
        return new(Task.Run<IBackupHandle?>(() => Find(directory, name), cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListDirectoriesAsync(string directory, CancellationToken cancellationToken)
    {
        RequireDirectory(directory);
        using var parent = OpenForListing(directory);
        return new((IReadOnlyList<string>)(parent is null ? [] : [.. ListNames(parent)]));
    }

    private FileBackupHandle? Find(string directory, string name)
    {
        using (var parent = OpenForListing(directory))
        {
            if (parent is not null
                && AttributeCalls.Statx(parent, name, out var attributes) == Errno.Success
                && FileTypes.FromMode(attributes.Mode) == EntryType.Directory
                && Classify(parent, directory, name) is { } placed)
            {
                return placed;
            }
        }

        return Staging.FindIncomplete(directory, name) is { } info ? ToHandle(info) : null;
    }

    private List<FileBackupHandle> ListPlaced(string directory)
    {
        using var parent = OpenForListing(directory);
        if (parent is null)
        {
            return [];
        }

        var found = new List<FileBackupHandle>();
        foreach (var name in ListNames(parent))
        {
            if (Classify(parent, directory, name) is { } backup)
            {
                found.Add(backup);
            }
        }

        return found;
    }

    /// <summary>Names of sub-directories, ordinal order; not what is reserved, and no symbolic links.</summary>
    private static IEnumerable<string> ListNames(Descriptor parent)
    {
        StagingArea.Require(DirectoryCalls.Read(parent, out var entries), "listing a directory");
        return entries
            .Where(entry => entry.Type == EntryType.Directory && entry.Name != BackupPath.ReservedName && BackupPath.CheckSegment(entry.Name) is null)
            .Select(entry => entry.Name)
            .Order(StringComparer.Ordinal);
    }

    private FileBackupHandle? Classify(Descriptor parent, string directory, string name)
    {
        var errno = OpenCalls.OpenAt(parent, name, OpenFlags.PathOnly | OpenFlags.Directory, 0, out var backup);
        if (errno is Errno.ENOENT or Errno.ENOTDIR)
        {
            // Removed since it was listed.
            return null;
        }

        StagingArea.Require(errno, "opening a backup");
        using (backup)
        {
            StagingArea.Require(AttributeCalls.Statx(backup, "", out var attributes), "opening a backup");
            var state = HasFile(backup, BackupManifest.FileName) ? BackupState.Complete
                : IsClaimed(directory, name) ? BackupState.Incomplete
                : VitessNames.IsBackupName(name) && !HasFile(backup, VitessNames.ManifestFileName) ? BackupState.Incomplete
                : BackupState.Foreign;
            var born = attributes.BirthTime.ToTimestamp();
            var started = born == Timestamp.Epoch ? attributes.ModifyTime.ToTimestamp() : born;
            return new FileBackupHandle(this, directory, name, state, started, OpenerOf(BackupPath.Join(directory, name)));
        }
    }

    /// <summary>Whether another kind of storage on this root has, or had, the backup open: its files are in their places before its manifest.</summary>
    private bool IsClaimed(string directory, string name)
    {
        using var root = Root.Lease();
        return HasFile(root.Descriptor, ReservedPaths.Claim(directory, name));
    }

    private static bool HasFile(Descriptor directory, string name) =>
        AttributeCalls.Statx(directory, name, out var attributes) == Errno.Success
        && FileTypes.FromMode(attributes.Mode) == EntryType.File;

    private FileBackupHandle ToHandle(StagingInfo info) => new(
        this, info.Directory, info.Name, BackupState.Incomplete, info.Started, OpenerOfStaged(StagingNames.Key(info.Directory, info.Name)));

    /// <summary>A directory; null when there is none.</summary>
    private Descriptor? OpenForListing(string directory)
    {
        var errno = Root.OpenDirectory(directory, out var descriptor);
        if (errno is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP)
        {
            return null;
        }

        StagingArea.Require(errno, $"listing '{BackupPath.Printable(directory)}'");
        return descriptor;
    }

    private static void RequireDirectory(string directory)
    {
        if (BackupPath.CheckDirectory(directory) is { } error)
        {
            throw error.ToException();
        }
    }
}
