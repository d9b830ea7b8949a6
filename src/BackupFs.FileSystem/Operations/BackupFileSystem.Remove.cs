using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>Removing names, backups and directories.</summary>
public sealed partial class BackupFileSystem
{
    /// <summary>Removes a name that is not a directory's.</summary>
    public ValueTask<FsError> UnlinkAsync(Inode parent, string name, Caller caller, CancellationToken cancellationToken) =>
        Interruption.Of(RemoveFileAsync(parent, name, cancellationToken), _log, cancellationToken);

    private async ValueTask<FsError> RemoveFileAsync(Inode parent, string name, CancellationToken cancellationToken)
    {
        if (parent is not EntryInode directory)
        {
            return FsError.IsADirectory;
        }

        var backup = directory.Backup;
        if (backup.Open is null)
        {
            return await HideAsync(directory, name, isDirectory: false, cancellationToken).ConfigureAwait(false);
        }

        return await RemoveNameAsync(directory, name, isDirectory: false, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Removes an empty directory. At the backup level it aborts an open backup whose files are gone, and is the last
    /// step of the removal of a complete one.
    /// </summary>
    public ValueTask<FsError> RmdirAsync(Inode parent, string name, Caller caller, CancellationToken cancellationToken) =>
        Interruption.Of(RemoveAnyDirectoryAsync(parent, name, cancellationToken), _log, cancellationToken);

    private async ValueTask<FsError> RemoveAnyDirectoryAsync(Inode parent, string name, CancellationToken cancellationToken)
    {
        if (_options.ReadOnly)
        {
            return FsError.ReadOnly;
        }

        switch (parent)
        {
            case DirectoryInode directory when HoldsBackups(directory):
                return await RemoveBackupDirectoryAsync(directory, name, cancellationToken).ConfigureAwait(false);
            case DirectoryInode directory:
                var path = BackupPath.Join(directory.Path, name);
                return _storage.Capabilities.RealDirectories
                    ? (await _storage.RemoveDirectoryAsync(path, cancellationToken).ConfigureAwait(false)).ToFs().Error
                    : await RemoveVirtualDirectoryAsync(path, cancellationToken).ConfigureAwait(false);
            case EntryInode { Backup.Open: null } directory:
                return await HideAsync(directory, name, isDirectory: true, cancellationToken).ConfigureAwait(false);
            case EntryInode directory:
                return await RemoveNameAsync(directory, name, isDirectory: true, cancellationToken).ConfigureAwait(false);
            default:
                return FsError.NotADirectory;
        }
    }

    private async ValueTask<FsError> RemoveVirtualDirectoryAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            if ((await _storage.ListDirectoriesAsync(path, cancellationToken).ConfigureAwait(false)).Count > 0)
            {
                return FsError.NotEmpty;
            }

            // Only now: while the storage answered, something may have been made in it.
            var error = _virtualDirectories.Remove(path, () => _backups.Open.Any(backup => backup.Directory == path));
            return error is { } kind ? FsErrors.From(kind) : FsError.None;
        }
        catch (StorageException error)
        {
            FileSystemLog.OperationFailed(_log, BackupPath.Printable(path), "rmdir", error.Error);
            return FsErrors.From(error.Error);
        }
    }

    private async ValueTask<FsError> ChangeNamesAsync(Backup backup, Func<ValueTask<FsError>> change)
    {
        var begun = BeginChange(backup);
        if (begun != FsError.None)
        {
            return begun;
        }

        var life = backup.Open!;
        try
        {
            return await change().ConfigureAwait(false);
        }
        finally
        {
            life.EndChange();
        }
    }

    private ValueTask<FsError> RemoveNameAsync(EntryInode directory, string name, bool isDirectory, CancellationToken cancellationToken) =>
        ChangeNamesAsync(directory.Backup, async () =>
        {
            using var inside = await directory.Backup.EnterAsync(alone: true, cancellationToken).ConfigureAwait(false);
            ValueTask<FsError> step;
            using (directory.Backup.LockNamesForChange())
            {
                step = directory.Path is { } above
                    ? RemoveNameUnderLockAsync(directory, name, BackupPath.Join(above, name), isDirectory)
                    : ValueTask.FromResult(FsError.NotFound);
            }

            return await step.ConfigureAwait(false);
        });

    private async ValueTask<FsError> RemoveNameUnderLockAsync(EntryInode directory, string name, string path, bool isDirectory)
    {
        var tree = directory.Backup.Handle.Tree;
        var before = await tree.GetAttributesAsync(path, CancellationToken.None).ConfigureAwait(false);
        if (!before.IsOk)
        {
            return FsErrors.From(before.Error);
        }

        var removed = isDirectory
            ? await tree.RemoveDirectoryAsync(path, CancellationToken.None).ConfigureAwait(false)
            : await tree.UnlinkAsync(path, CancellationToken.None).ConfigureAwait(false);
        if (!removed.IsOk)
        {
            return FsErrors.From(removed.Error);
        }

        OnNameRemoved(directory, name, path, before.Value);
        return FsError.None;
    }

    /// <summary>A name was removed, or replaced by a rename.</summary>
    private void OnNameRemoved(EntryInode directory, string name, string path, in EntryAttributes before)
    {
        var lastName = before.Links <= 1 || before.Type == EntryType.Directory;
        string? left = null;
        using (directory.Backup.LockNamesForChange())
        {
            if (Inodes.Find(directory.Backup, before.FileId) is { } inode)
            {
                RemoveKnownName(inode, directory, name);
                left = inode.Path;
                if (lastName)
                {
                    Inodes.Detach(inode);
                }
            }

            directory.Backup.Open?.OnRemoved(before, path, lastName, left);
        }
    }

    /// <summary>Forgets a name of an inode, which goes by another one then, if it has one in a directory that is known.</summary>
    private void RemoveKnownName(EntryInode inode, EntryInode directory, string name)
    {
        inode.RemoveName(directory, name);
        while (inode.NamedIn is { } parent && !Inodes.MoveBelow(inode, parent) && !inode.IsForgotten)
        {
            inode.RemoveNamesIn(parent);
        }
    }

    private async ValueTask<FsError> RemoveBackupDirectoryAsync(DirectoryInode parent, string name, CancellationToken cancellationToken)
    {
        var found = await FindBackupAsync(parent.Path, name, cancellationToken).ConfigureAwait(false);
        if (!found.IsOk)
        {
            return found.Error;
        }

        try
        {
            return found.Value.Open is not null
                ? await AbortAsync(found.Value, onlyIfEmpty: true, byName: true, cancellationToken).ConfigureAwait(false)
                : await RemoveEmptiedAsync(found.Value, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            found.Value.Release();
        }
    }

    private async ValueTask<FsError> RemoveEmptiedAsync(Backup backup, CancellationToken cancellationToken)
    {
        if (!MayRemove(backup))
        {
            return FsError.NotPermitted;
        }

        var listed = await backup.Handle.Tree.ListAsync("", cancellationToken).ConfigureAwait(false);
        return !listed.IsOk ? FsErrors.From(listed.Error)
            : listed.Value.Count == 0 || backup.Removal?.AllHidden("", listed.Value) == true
                ? await RemoveStoredAsync(backup, byName: true, cancellationToken).ConfigureAwait(false)
                : FsError.NotEmpty;
    }

    /// <summary>Aborts an open backup. A caller that is interrupted stops waiting; the abort goes on.</summary>
    /// <param name="backup">The backup.</param>
    /// <param name="onlyIfEmpty">Refuse if anything is in it.</param>
    /// <param name="byName">Whether the caller removes the name, so that its platform need not be told.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    private async ValueTask<FsError> AbortAsync(Backup backup, bool onlyIfEmpty, bool byName, CancellationToken cancellationToken)
    {
        if (backup.Open is not { } life)
        {
            return FsError.ReadOnly;
        }

        var shown = backup.ShownName;
        return await GoOnAsync(AbortToTheEndAsync(), () => TellNameChanged(backup, shown), byName, cancellationToken).ConfigureAwait(false);

        async Task<FsError> AbortToTheEndAsync()
        {
            var aborted = await life.AbortAsync(onlyIfEmpty).ConfigureAwait(false);
            if (aborted == FsError.None)
            {
                _backups.CloseOpen(backup, isStored: false);
                NamesChanged(backup.Directory, backup.Name);
                backup.Release();
            }

            return aborted;
        }
    }

    /// <summary>Removes a stored backup. A caller that is interrupted stops waiting; the removal goes on.</summary>
    private ValueTask<FsError> RemoveStoredAsync(Backup backup, bool byName, CancellationToken cancellationToken) => GoOnAsync(
        backup.RemoveOnceAsync(() => RemoveToTheEndAsync(backup)), () => TellNameChanged(backup, backup.Name), byName, cancellationToken);

    /// <summary>
    /// Waits for work that makes a name vanish, and goes on although the caller may not. The platform is told of it unless the
    /// caller itself removed the name and still waits.
    /// </summary>
    private async ValueTask<FsError> GoOnAsync(Task<FsError> work, Action tell, bool byName, CancellationToken cancellationToken)
    {
        try
        {
            var error = await work.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (error == FsError.None && !byName)
            {
                tell();
            }

            return error;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _background.Add(TellWhenDoneAsync());
            throw;
        }

        async Task TellWhenDoneAsync()
        {
            if (await work.ConfigureAwait(false) == FsError.None)
            {
                tell();
            }
        }
    }

    private async Task<FsError> RemoveToTheEndAsync(Backup backup)
    {
        var removal = backup.Removal;
        removal?.BeginLastStep();
        KeepDirectory(backup.Directory);
        try
        {
            await _storage.RemoveBackupAsync(backup.Directory, backup.Name, _stopping.Token).ConfigureAwait(false);
            StoredChanged(backup.Directory, backup.Name, isThere: false);
            _backups.Drop(backup);
            backup.EndRemoval();
            FileSystemLog.Removed(_log, BackupPath.Printable(backup.Path));
            return FsError.None;
        }
        catch (OperationCanceledException error)
        {
            removal?.LastStepFailed(_time.GetTimestamp());
            FileSystemLog.GivenUp(_log, error);
            return FsError.Io;
        }
        catch (StorageException error)
        {
            removal?.LastStepFailed(_time.GetTimestamp());
            FileSystemLog.OperationFailed(_log, BackupPath.Printable(backup.Path), "remove", error.Error);
            return FsErrors.From(error.Error);
        }
    }

    /// <summary>
    /// Without real directories, one vanishes with the last backup in it; as on any file system it shall be there until somebody
    /// removes it, or rm -r would not find what it is about to remove.
    /// </summary>
    private void KeepDirectory(string path)
    {
        if (!_storage.Capabilities.RealDirectories)
        {
            _virtualDirectories.Use(path).Dispose();
        }
    }

    private bool MayRemove(Backup backup)
    {
        if (_options.AllowRemove && backup.Handle.State is BackupState.Complete or BackupState.Foreign)
        {
            return true;
        }

        FileSystemLog.Refused(_log, BackupPath.Printable(backup.Path), WhyNotRemoved(backup));
        return false;
    }

    private static string WhyNotRemoved(Backup backup) => backup.Handle.State == BackupState.Incomplete
        ? "an incomplete backup is removed by 'backupfs abort'"
        : "backups can only be removed through a mount with --allow-remove, or by 'backupfs remove --storage'";

    /// <summary>One step of the removal of a complete backup: the name is hidden, nothing is deleted yet.</summary>
    private async ValueTask<FsError> HideAsync(EntryInode directory, string name, bool isDirectory, CancellationToken cancellationToken)
    {
        if (_options.ReadOnly)
        {
            return FsError.ReadOnly;
        }

        var backup = directory.Backup;
        if (!MayRemove(backup))
        {
            return FsError.NotPermitted;
        }

        string path;
        using (backup.LockNames())
        {
            if (directory.Path is not { } above)
            {
                return FsError.NotFound;
            }

            path = BackupPath.Join(above, name);
        }

        var found = await backup.Handle.Tree.GetAttributesAsync(path, cancellationToken).ConfigureAwait(false);
        if (!found.IsOk || backup.Removal?.IsHidden(path) == true)
        {
            return found.IsOk ? FsError.NotFound : FsErrors.From(found.Error);
        }

        if (isDirectory != (found.Value.Type == EntryType.Directory))
        {
            return isDirectory ? FsError.NotADirectory : FsError.IsADirectory;
        }

        if (isDirectory)
        {
            var listed = await backup.Handle.Tree.ListAsync(path, cancellationToken).ConfigureAwait(false);
            if (!listed.IsOk || (listed.Value.Count > 0 && backup.Removal?.AllHidden(path, listed.Value) != true))
            {
                return listed.IsOk ? FsError.NotEmpty : FsErrors.From(listed.Error);
            }
        }

        return backup.BeginRemoval().Hide(path, _time.GetTimestamp()) ? FsError.None : FsError.NotFound;
    }

    /// <summary>Shows again what a removal hid that was not finished in time.</summary>
    private async Task UndoRemovalAsync(Backup backup, Removal removal)
    {
        if (!backup.TryReference())
        {
            return;
        }

        try
        {
            backup.EndRemoval();
            FileSystemLog.RemovalUndone(_log, BackupPath.Printable(backup.Path));
            foreach (var path in removal.Hidden)
            {
                var above = await backup.Handle.Tree.GetAttributesAsync(BackupPath.Parent(path), CancellationToken.None).ConfigureAwait(false);
                if (above.IsOk && Inodes.Find(backup, above.Value.FileId) is { } directory)
                {
                    Listener?.NameChanged(directory.Number, BackupPath.LastSegment(path));
                }
            }
        }
        finally
        {
            backup.Release();
        }
    }
}
