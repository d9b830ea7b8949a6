using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>Renaming: of entries within a backup, and from NAME.partial to NAME, which ends a backup.</summary>
public sealed partial class BackupFileSystem
{
    /// <summary>Renames.</summary>
    public ValueTask<FsError> RenameAsync(
        Inode parent, string name, Inode newParent, string newName, RenameMode mode, Caller caller, CancellationToken cancellationToken) =>
        Interruption.Of(RenameAnyAsync(parent, name, newParent, newName, mode, cancellationToken), _log, cancellationToken);

    private async ValueTask<FsError> RenameAnyAsync(
        Inode parent, string name, Inode newParent, string newName, RenameMode mode, CancellationToken cancellationToken)
    {
        switch (parent, newParent)
        {
            case (EntryInode from, EntryInode to) when from.Backup == to.Backup:
                return await RenameEntryAsync(from, name, to, newName, mode, cancellationToken).ConfigureAwait(false);
            case (DirectoryInode from, DirectoryInode to):
                return _options.ReadOnly
                    ? FsError.ReadOnly
                    : await RenameBackupAsync(from, name, to, newName, mode, cancellationToken).ConfigureAwait(false);
            default:
                return _options.ReadOnly ? FsError.ReadOnly : FsError.CrossDevice;
        }
    }

    private async ValueTask<FsError> RenameEntryAsync(
        EntryInode parent, string name, EntryInode newParent, string newName, RenameMode mode, CancellationToken cancellationToken)
    {
        var checkedName = CheckNewName(newParent, newName);
        if (checkedName != FsError.None)
        {
            return checkedName;
        }

        var backup = parent.Backup;
        return await ChangeNamesAsync(backup, async () =>
        {
            using var inside = await backup.EnterAsync(alone: true, cancellationToken).ConfigureAwait(false);
            ValueTask<FsError> step;
            using (backup.LockNamesForChange())
            {
                step = parent.Path is { } above && newParent.Path is { } newAbove
                    ? RenameUnderLockAsync(parent, name, newParent, newName, BackupPath.Join(above, name), BackupPath.Join(newAbove, newName))
                    : ValueTask.FromResult(FsError.NotFound);
            }

            return await step.ConfigureAwait(false);
        }).ConfigureAwait(false);

        async ValueTask<FsError> RenameUnderLockAsync(
            EntryInode parent, string name, EntryInode newParent, string newName, string path, string newPath)
        {
            var tree = backup.Handle.Tree;
            var source = await tree.GetAttributesAsync(path, CancellationToken.None).ConfigureAwait(false);
            var target = await tree.GetAttributesAsync(newPath, CancellationToken.None).ConfigureAwait(false);
            var renamed = await tree.RenameAsync(path, newPath, mode, CancellationToken.None).ConfigureAwait(false);
            if (!renamed.IsOk)
            {
                return FsErrors.From(renamed.Error);
            }

            // rename(2) between two names of one file does nothing.
            if (source.IsOk && !(target.IsOk && target.Value.FileId == source.Value.FileId))
            {
                OnRenamed(parent, name, path, source.Value, newParent, newName, newPath, target.IsOk ? target.Value : null, mode);
            }

            return FsError.None;
        }
    }

    private void OnRenamed(
        EntryInode parent,
        string name,
        string path,
        in EntryAttributes source,
        EntryInode newParent,
        string newName,
        string newPath,
        EntryAttributes? target,
        RenameMode mode)
    {
        var backup = parent.Backup;
        using (backup.LockNamesForChange())
        {
            var inode = Inodes.Find(backup, source.FileId);
            if (target is { } replaced && mode == RenameMode.Exchange)
            {
                MoveName(Inodes.Find(backup, replaced.FileId), newParent, newName, parent, name);
            }
            else if (target is { } removed)
            {
                OnNameRemoved(newParent, newName, newPath, removed);
            }

            MoveName(inode, parent, name, newParent, newName);
            backup.Open?.OnRenamed(path, newPath, mode);
        }
    }

    private void MoveName(EntryInode? inode, EntryInode from, string name, EntryInode to, string newName)
    {
        if (inode is null)
        {
            return;
        }

        inode.RemoveName(from, name);
        inode.AddName(to, newName);
        Inodes.MoveBelow(inode, to);
        if (inode.Type == EntryType.Directory)
        {
            inode.Backup.NamesChanged();
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

        var found = await FindBackupAsync(from.Path, shownName, cancellationToken).ConfigureAwait(false);
        if (!found.IsOk)
        {
            return found.Error;
        }

        try
        {
            return await RenameFoundAsync(found.Value).ConfigureAwait(false);
        }
        finally
        {
            found.Value.Release();
        }

        ValueTask<FsError> RenameFoundAsync(Backup backup)
        {
            if (backup.Open is null)
            {
                FileSystemLog.RenameRefused(_log, path, "a backup that is not open keeps its name");
                return ValueTask.FromResult(backup.Handle.State == BackupState.Complete ? FsError.ReadOnly : FsError.NotPermitted);
            }

            if (!backup.IsPartial || newName != backup.Name)
            {
                FileSystemLog.RenameRefused(_log, path, backup.IsPartial
                    ? $"it can only be renamed to '{BackupPath.Printable(backup.Name)}', which ends it"
                    : $"an open backup keeps its name; end it with 'backupfs end', or start it as '{BackupPath.Printable(backup.Name)}{Backup.PartialSuffix}'");
                return ValueTask.FromResult(FsError.NotPermitted);
            }

            return EndAsync(backup, "renamed", cancellationToken, renamedByCaller: true);
        }
    }
}
