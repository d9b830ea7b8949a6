using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>What a platform needs that works by path, or asks before it removes.</summary>
public sealed partial class BackupFileSystem
{
    /// <summary>
    /// Why unlink or rmdir of an inode would be refused at this moment; None if it would not. Removes nothing: for platforms
    /// where removing cannot fail any more when it is done.
    /// </summary>
    public ValueTask<FsError> CheckRemovalAsync(Inode inode, CancellationToken cancellationToken) =>
        Interruption.Of(CheckAsync(inode, cancellationToken), _log, cancellationToken);

    /// <summary>The path of a directory from the root, with slashes; "" is the root. Null if it has none any more.</summary>
    public string? PathOf(Inode inode)
    {
        switch (inode)
        {
            case DirectoryInode directory:
                return directory.Path;
            case EntryInode entry:
                var backup = entry.Backup;
                string? path;
                using (backup.LockNames())
                {
                    path = entry.Path;
                }

                return path is null ? null : BackupPath.Join(BackupPath.Join(backup.Directory, backup.ShownName), path);
            default:
                return null;
        }
    }

    private async ValueTask<FsError> CheckAsync(Inode inode, CancellationToken cancellationToken)
    {
        if (_options.ReadOnly)
        {
            return FsError.ReadOnly;
        }

        if (inode == Inodes.Root)
        {
            return FsError.NotPermitted;
        }

        if (inode is EntryInode entry)
        {
            if (entry.Backup.Open is { } life)
            {
                var begun = life.BeginChange();
                if (begun != FsError.None)
                {
                    return begun;
                }

                life.EndChange();
            }
            else if (!MayRemove(entry.Backup))
            {
                return FsError.NotPermitted;
            }

            if (entry.Type != EntryType.Directory)
            {
                return FsError.None;
            }
        }

        var listed = await ListAsync(new OpenDirectory(inode), fromStart: true, cancellationToken).ConfigureAwait(false);
        return !listed.IsOk ? listed.Error : listed.Value.Count == 0 ? FsError.None : FsError.NotEmpty;
    }
}
