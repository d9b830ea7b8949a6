using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>Renaming: of entries within a backup, and from NAME.partial to NAME, which ends a backup.</summary>
public sealed partial class BackupFileSystem
{
    /// <summary>Renames.</summary>
    public async ValueTask<FsError> RenameAsync(
        Inode parent, string name, Inode newParent, string newName, RenameMode mode, Caller caller, CancellationToken cancellationToken)
    {
        switch (parent, newParent)
        {
            case (EntryInode from, EntryInode to) when from.Backup == to.Backup:
                return await RenameEntryAsync(from, name, to, newName, mode, caller, cancellationToken).ConfigureAwait(false);
            case (DirectoryInode from, DirectoryInode to):
                return _options.ReadOnly
                    ? FsError.ReadOnly
                    : await RenameBackupAsync(from, name, to, newName, mode, cancellationToken).ConfigureAwait(false);
            default:
                return _options.ReadOnly ? FsError.ReadOnly : FsError.CrossDevice;
        }
    }

    private async ValueTask<FsError> RenameEntryAsync(
        EntryInode parent, string name, EntryInode newParent, string newName, RenameMode mode, Caller caller, CancellationToken cancellationToken)
    {
        var checkedName = CheckNewName(newParent, newName);
        if (checkedName != FsError.None)
        {
            return checkedName;
        }

        var backup = parent.Backup;
        return await ChangeNamesAsync(backup, async () =>
        {
            var tree = backup.Handle.Tree;
            ValueTask<StorageResult<EntryAttributes>> lookSource, lookTarget;
            string? path = null, newPath = null;
            using (backup.LockNames())
            {
                path = parent.Path is { } above ? BackupPath.Join(above, name) : null;
                newPath = newParent.Path is { } newAbove ? BackupPath.Join(newAbove, newName) : null;
                if (path is null || newPath is null)
                {
                    return FsError.NotFound;
                }

                lookSource = tree.GetAttributesAsync(path, cancellationToken);
                lookTarget = tree.GetAttributesAsync(newPath, cancellationToken);
            }

            var source = await lookSource.ConfigureAwait(false);
            var target = await lookTarget.ConfigureAwait(false);
            if (!source.IsOk)
            {
                return FsErrors.From(source.Error);
            }

            var inode = Inodes.Find(backup, source.Value.FileId);
            ValueTask<StorageResult<Done>> pending;
            using (backup.LockNamesForChange())
            {
                pending = tree.RenameAsync(path, newPath, mode, cancellationToken);
                backup.NamesChanged();
            }

            var renamed = await pending.ConfigureAwait(false);
            if (!renamed.IsOk)
            {
                return FsErrors.From(renamed.Error);
            }

            if (path == newPath || (target.IsOk && target.Value.FileId == source.Value.FileId && source.Value.Type != EntryType.Directory))
            {
                // rename(2) between two names of one file does nothing.
                return FsError.None;
            }

            var life = backup.Open!;
            if (mode == RenameMode.Exchange && target.IsOk)
            {
                MoveName(Inodes.Find(backup, target.Value.FileId), newParent, newName, parent, name);
            }
            else if (target.IsOk)
            {
                OnNameRemoved(newParent, newName, newPath, target.Value);
            }

            MoveName(inode, parent, name, newParent, newName);
            life.OnRenamed(path, newPath);
            return FsError.None;
        }).ConfigureAwait(false);
    }

    private void MoveName(EntryInode? inode, EntryInode from, string name, EntryInode to, string newName)
    {
        using (from.Backup.LockNamesForChange())
        {
            inode?.RemoveName(from, name);
            inode?.AddName(to, newName);
            from.Backup.NamesChanged();
        }

        if (inode is not null)
        {
            Inodes.MoveBelow(inode, to);
        }
    }

    private async ValueTask<FsError> RenameBackupAsync(
        DirectoryInode from, string shownName, DirectoryInode to, string newName, RenameMode mode, CancellationToken cancellationToken)
    {
        var path = BackupPath.Printable(BackupPath.Join(from.Path, shownName));
        if (!HoldsBackups(from) || from != to || mode == RenameMode.Exchange)
        {
            FileSystemLog.RenameRefused(_log, path, "directories above the backups and backups keep their names and places");
            return FsError.NotPermitted;
        }

        var found = await FindBackupAsync(from, shownName, cancellationToken).ConfigureAwait(false);
        if (!found.IsOk)
        {
            return found.Error;
        }

        var backup = found.Value;
        if (backup.Open is null)
        {
            FileSystemLog.RenameRefused(_log, path, "a backup that is not open keeps its name");
            return backup.Handle.State == BackupState.Complete ? FsError.ReadOnly : FsError.NotPermitted;
        }

        if (!backup.IsPartial || newName != backup.Name)
        {
            FileSystemLog.RenameRefused(_log, path, backup.IsPartial
                ? $"it can only be renamed to '{BackupPath.Printable(backup.Name)}', which ends it"
                : $"an open backup keeps its name; end it with 'backupfs end', or start it as '{BackupPath.Printable(backup.Name)}{Backup.PartialSuffix}'");
            return FsError.NotPermitted;
        }

        return await EndAsync(backup, "renamed", cancellationToken, renamedByCaller: true).ConfigureAwait(false);
    }
}
