using BackupFs.FileSystem;
using BackupFs.Storage;
using BackupFs.WinFsp;

namespace BackupFs.Mount.Windows;

/// <content>Deleting and renaming.</content>
internal sealed partial class WinFspOperations
{
    public async ValueTask<NtStatus> SetDelete(WinFspHandle handle, string name, bool delete) => delete
        ? NtStatusMap.From(await _fileSystem.CheckRemovalAsync(((VolumeHandle)handle).Inode, _waiting.Token).ConfigureAwait(false))
        : NtStatus.Success;

    public async ValueTask<NtStatus> Rename(WinFspHandle handle, string name, string newName, bool replaceIfExists, uint processId)
    {
        var from = await _walker.FindParentAsync(name, _waiting.Token).ConfigureAwait(false);
        if (!from.Status.IsSuccess())
        {
            return from.Status;
        }

        try
        {
            var to = await _walker.FindParentAsync(newName, _waiting.Token).ConfigureAwait(false);
            if (!to.Status.IsSuccess())
            {
                return to.Status;
            }

            try
            {
                return await RenameAsync((VolumeHandle)handle, from.Value, to.Value, replaceIfExists).ConfigureAwait(false);
            }
            finally
            {
                _fileSystem.Forget(to.Value.Inode, 1);
            }
        }
        finally
        {
            _fileSystem.Forget(from.Value.Inode, 1);
        }
    }

    private async ValueTask<NtStatus> RenameAsync(VolumeHandle open, WalkedParent from, WalkedParent to, bool replaceIfExists)
    {
        var newName = ShownName.ToStored(to.Name);
        if (newName == to.Name && !ShownName.IsValid(newName))
        {
            return NtStatus.ObjectNameInvalid;
        }

        using var claim = await _claims.TakeAsync(to.Inode, Claimed(to), _waiting.Token).ConfigureAwait(false);
        var source = await StoredNameAsync(from, open.Inode).ConfigureAwait(false);
        if (!source.IsOk)
        {
            return NtStatusMap.From(source.Error);
        }

        var target = await _walker.LookupAsync(to.Inode, to.Name, _waiting.Token).ConfigureAwait(false);
        if (target.IsOk)
        {
            var (entry, stored) = target.Value;
            _fileSystem.Forget(entry.Inode, 1);
            if (entry.Inode != open.Inode)
            {
                if (!replaceIfExists)
                {
                    return NtStatus.ObjectNameCollision;
                }

                if (open.IsDirectory || entry.Attributes.Type == EntryType.Directory)
                {
                    return NtStatus.AccessDenied;
                }

                // What takes the place of a file takes its spelling, too: two would be left otherwise.
                newName = stored;
            }
        }
        else if (target.Error != FsError.NotFound)
        {
            return NtStatusMap.From(target.Error);
        }
        else if (await IsTakenAsync(to.Inode, to.Name).ConfigureAwait(false) == FsError.None)
        {
            return NtStatus.ObjectNameCollision;
        }

        return await RenameStoredAsync(open, from, source.Value, to, newName).ConfigureAwait(false);
    }

    private async ValueTask<NtStatus> RenameStoredAsync(VolumeHandle open, WalkedParent from, string name, WalkedParent to, string newName)
    {
        if (open.Inode is EntryInode { IsBackupRoot: true } root
            && string.Equals(newName, root.Backup.Name, StringComparison.OrdinalIgnoreCase))
        {
            newName = root.Backup.Name;
        }

        var renamed = await _fileSystem.RenameAsync(
            from.Inode, name, to.Inode, newName, RenameMode.Replace, open.Caller, _waiting.Token).ConfigureAwait(false);
        if (renamed == FsError.NotPermitted && from.Inode == to.Inode)
        {
            renamed = await BeginAnewAsync(open, name, to, newName).ConfigureAwait(false);
        }

        if (renamed == FsError.None)
        {
            _names.Changed(from.Inode, name, isThere: false);
            _names.Changed(to.Inode, newName, isThere: true);
        }

        return NtStatusMap.From(renamed);
    }

    /// <summary>
    /// Programs of Windows make a directory first and name it then. What stands for a backup, or is above them, keeps its name; but
    /// as long as nothing is in it, another one can take its place.
    /// </summary>
    private async ValueTask<FsError> BeginAnewAsync(VolumeHandle open, string name, WalkedParent to, string newName)
    {
        var directory = to.Inode;
        var isEmptyAndOurs = open.Inode is DirectoryInode
            || (open.Inode is EntryInode { IsBackupRoot: true }
                && await ReadControlAsync(open.Inode, ControlAttributes.State).ConfigureAwait(false) == "open");
        if (!isEmptyAndOurs || await _fileSystem.CheckRemovalAsync(open.Inode, _waiting.Token).ConfigureAwait(false) != FsError.None)
        {
            return FsError.NotPermitted;
        }

        var taken = await IsTakenAsync(to).ConfigureAwait(false);
        if (taken != FsError.NotFound)
        {
            return taken == FsError.None ? FsError.AlreadyExists : taken;
        }

        var entry = new NewEntry(FileFacts.ModeOf(default, isDirectory: true));
        var made = await _fileSystem.MkdirAsync(directory, newName, entry, open.Caller, _waiting.Token).ConfigureAwait(false);
        if (!made.IsOk)
        {
            return made.Error;
        }

        var removed = await _fileSystem.RmdirAsync(directory, name, open.Caller, CancellationToken.None).ConfigureAwait(false);
        if (removed != FsError.None)
        {
            await _fileSystem.RmdirAsync(directory, newName, open.Caller, CancellationToken.None).ConfigureAwait(false);
            _fileSystem.Forget(made.Value.Inode, 1);
            return removed;
        }

        _fileSystem.Forget(open.Inode, 1);
        open.Inode = made.Value.Inode;
        return FsError.None;
    }

    /// <summary>Deletes what was closed; nobody can be told if that fails, so it is logged.</summary>
    private async ValueTask DeleteAsync(VolumeHandle open, string name)
    {
        var error = FsError.NotFound;
        var parent = await _walker.FindParentAsync(name, CancellationToken.None).ConfigureAwait(false);
        if (parent.Status.IsSuccess())
        {
            var directory = parent.Value.Inode;
            var stored = await StoredNameAsync(parent.Value, open.Inode).ConfigureAwait(false);
            error = !stored.IsOk ? stored.Error
                : open.IsDirectory
                    ? await _fileSystem.RmdirAsync(directory, stored.Value, open.Caller, CancellationToken.None).ConfigureAwait(false)
                    : await _fileSystem.UnlinkAsync(directory, stored.Value, open.Caller, CancellationToken.None).ConfigureAwait(false);
            if (error == FsError.None)
            {
                _names.Changed(directory, stored.Value, isThere: false);
            }

            _fileSystem.Forget(directory, 1);
        }

        if (error != FsError.None)
        {
            MountLog.NotDeleted(_log, BackupPath.Printable(name), error);
        }
    }

    /// <summary>The stored name that a path ends with, if it still is a name of what is open.</summary>
    private async ValueTask<FsResult<string>> StoredNameAsync(WalkedParent parent, Inode inode)
    {
        var found = await _walker.LookupAsync(parent.Inode, parent.Name, CancellationToken.None).ConfigureAwait(false);
        if (!found.IsOk)
        {
            return found.Error;
        }

        _fileSystem.Forget(found.Value.Entry.Inode, 1);
        return found.Value.Entry.Inode == inode ? found.Value.Stored : FsError.Stale;
    }
}
