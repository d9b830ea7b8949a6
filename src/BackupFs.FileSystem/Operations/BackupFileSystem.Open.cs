using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>Creating, opening and releasing files.</summary>
public sealed partial class BackupFileSystem
{
    /// <summary>Opens a file.</summary>
    /// <param name="inode">The file.</param>
    /// <param name="access">How.</param>
    /// <param name="truncate">Empty it first (needs a writing access).</param>
    /// <param name="caller">Who; a writer is watched from now on.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async ValueTask<FsResult<OpenFile>> OpenAsync(
        Inode inode, FileAccessMode access, bool truncate, Caller caller, CancellationToken cancellationToken)
    {
        if (inode is not EntryInode entry || entry.Type == EntryType.Directory)
        {
            return FsError.IsADirectory;
        }

        if (entry.Type != EntryType.File)
        {
            return FsError.InvalidArgument;
        }

        if (access == FileAccessMode.Read && !truncate)
        {
            return await OpenEntryAsync(entry, access, truncate, life: null, caller, cancellationToken).ConfigureAwait(false);
        }

        var begun = BeginChange(entry.Backup);
        if (begun != FsError.None)
        {
            return begun;
        }

        var life = entry.Backup.Open!;
        try
        {
            return await OpenEntryAsync(entry, access, truncate, life, caller, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            life.EndChange();
        }
    }

    /// <summary>Creates a file and opens it; opens it if it exists and <paramref name="exclusive"/> is not set.</summary>
    public async ValueTask<FsResult<(FsEntry Entry, OpenFile File)>> CreateAsync(
        Inode parent,
        string name,
        NewEntry entry,
        FileAccessMode access,
        bool exclusive,
        bool truncate,
        Caller caller,
        CancellationToken cancellationToken)
    {
        if (parent is not EntryInode directory)
        {
            return RefuseAboveBackups((DirectoryInode)parent, name);
        }

        var checkedName = CheckNewName(directory, name);
        if (checkedName != FsError.None)
        {
            return checkedName;
        }

        var begun = BeginChange(directory.Backup);
        if (begun != FsError.None)
        {
            return begun;
        }

        var backup = directory.Backup;
        var life = backup.Open!;
        try
        {
            var opener = life.ObserveOpener(caller.Id);
            ValueTask<StorageResult<IBackupFile>> pending;
            string path;
            using (backup.LockNames())
            {
                if (directory.Path is not { } above)
                {
                    return FsError.NotFound;
                }

                path = BackupPath.Join(above, name);
                pending = backup.Handle.Tree.CreateFileAsync(path, access, entry, cancellationToken);
            }

            var created = await pending.ConfigureAwait(false);
            if (!created.IsOk)
            {
                if (created.Error.Kind != StorageErrorKind.AlreadyExists || exclusive)
                {
                    return FsErrors.From(created.Error);
                }

                return await OpenExistingAsync(directory, name, access, truncate, life, caller, cancellationToken).ConfigureAwait(false);
            }

            var attributes = await created.Value.GetAttributesAsync(cancellationToken).ConfigureAwait(false);
            if (!attributes.IsOk)
            {
                await created.Value.DisposeAsync().ConfigureAwait(false);
                return FsErrors.From(attributes.Error);
            }

            var found = EntryOf(directory, name, attributes.Value);
            var file = await AdoptAsync((EntryInode)found.Inode, created.Value, opener, path, fresh: true, life, cancellationToken).ConfigureAwait(false);
            return (found, file);
        }
        finally
        {
            life.EndChange();
        }
    }

    /// <summary>Creates a file without a name in a directory (O_TMPFILE) and opens it.</summary>
    public async ValueTask<FsResult<(FsEntry Entry, OpenFile File)>> CreateUnnamedAsync(
        Inode parent, NewEntry entry, FileAccessMode access, Caller caller, CancellationToken cancellationToken)
    {
        if (parent is not EntryInode directory)
        {
            return RefuseAboveBackups((DirectoryInode)parent, "");
        }

        var begun = BeginChange(directory.Backup);
        if (begun != FsError.None)
        {
            return begun;
        }

        var backup = directory.Backup;
        var life = backup.Open!;
        try
        {
            var opener = life.ObserveOpener(caller.Id);
            ValueTask<StorageResult<IBackupFile>> pending;
            using (backup.LockNames())
            {
                if (directory.Path is not { } above)
                {
                    return FsError.NotFound;
                }

                pending = backup.Handle.Tree.CreateUnnamedFileAsync(above, access, entry, cancellationToken);
            }

            var created = await pending.ConfigureAwait(false);
            if (!created.IsOk)
            {
                return FsErrors.From(created.Error);
            }

            var attributes = await created.Value.GetAttributesAsync(cancellationToken).ConfigureAwait(false);
            if (!attributes.IsOk)
            {
                await created.Value.DisposeAsync().ConfigureAwait(false);
                return FsErrors.From(attributes.Error);
            }

            var inode = Inodes.AcquireEntry(directory, attributes.Value);
            var file = await AdoptAsync(inode, created.Value, opener, "(a file without a name)", fresh: true, life, cancellationToken).ConfigureAwait(false);
            return (new FsEntry(inode, attributes.Value, backup.EntryLifetime), file);
        }
        finally
        {
            life.EndChange();
        }
    }

    /// <summary>The last descriptor and mapping of the handle are gone. Errors have nobody to go to: they are recorded.</summary>
    public async ValueTask ReleaseAsync(OpenFile file)
    {
        await file.File.DisposeAsync().ConfigureAwait(false);
        using (file.Inode.Backup.LockNamesForChange())
        {
            file.Inode.OpenFiles.Remove(file);
        }

        file.Life?.OnReleased(file);
        Inodes.Forget(file.Inode);
    }

    private async ValueTask<FsResult<(FsEntry Entry, OpenFile File)>> OpenExistingAsync(
        EntryInode directory,
        string name,
        FileAccessMode access,
        bool truncate,
        OpenBackup life,
        Caller caller,
        CancellationToken cancellationToken)
    {
        var found = await LookupEntryAsync(directory, name, cancellationToken).ConfigureAwait(false);
        if (!found.IsOk)
        {
            return found.Error;
        }

        var inode = (EntryInode)found.Value.Inode;
        var opened = inode.Type == EntryType.File
            ? await OpenEntryAsync(inode, access, truncate, life, caller, cancellationToken).ConfigureAwait(false)
            : FsError.AlreadyExists;
        if (!opened.IsOk)
        {
            Inodes.Forget(inode);
            return opened.Error;
        }

        return (found.Value, opened.Value);
    }

    private async ValueTask<FsResult<OpenFile>> OpenEntryAsync(
        EntryInode entry, FileAccessMode access, bool truncate, OpenBackup? life, Caller caller, CancellationToken cancellationToken)
    {
        var opener = life?.ObserveOpener(caller.Id);
        ValueTask<StorageResult<IBackupFile>> pending;
        string? path;
        using (entry.Backup.LockNames())
        {
            path = entry.Path;
            if (path is null)
            {
                return FsError.Stale;
            }

            pending = entry.Backup.Handle.Tree.OpenFileAsync(path, access, truncate, cancellationToken);
        }

        var opened = await pending.ConfigureAwait(false);
        if (!opened.IsOk)
        {
            if (IsStorageFault(opened.Error))
            {
                FileSystemLog.OperationFailed(_log, Printable(entry.Backup, path), "open", opened.Error);
            }

            return FsErrors.From(opened.Error);
        }

        return await AdoptAsync(entry, opened.Value, opener, path, truncate, life, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<OpenFile> AdoptAsync(
        EntryInode inode,
        IBackupFile file,
        IObservedProcess? opener,
        string path,
        bool fresh,
        OpenBackup? life,
        CancellationToken cancellationToken)
    {
        var writable = file.Access != FileAccessMode.Read;
        var open = new OpenFile(inode, file, opener)
        {
            Life = writable ? life : null,
            MayPassThrough = file.LocalDescriptor is not null
                && (!writable || await _room.IsPlentifulAsync(cancellationToken).ConfigureAwait(false)),
        };
        Inodes.Reference(inode);
        using (inode.Backup.LockNamesForChange())
        {
            inode.OpenFiles.Add(open);
        }

        open.Life?.OnOpenedForWriting(open, path, fresh);
        return open;
    }

    /// <summary>Whether a new entry may have this name.</summary>
    private FsError CheckNewName(EntryInode directory, string name)
    {
        if (directory.IsBackupRoot && name == BackupManifest.FileName)
        {
            FileSystemLog.Refused(_log, Printable(directory.Backup, name), "the name is reserved for the backup's manifest");
            return FsError.NotPermitted;
        }

        if (BackupPath.CheckSegment(name) is { } invalid)
        {
            FileSystemLog.Refused(_log, Printable(directory.Backup, BackupPath.Printable(name)), invalid.Message);
            return FsErrors.From(invalid);
        }

        return FsError.None;
    }

    private FsError RefuseAboveBackups(DirectoryInode parent, string name)
    {
        if (_options.ReadOnly)
        {
            return FsError.ReadOnly;
        }

        var shape = string.Concat(Enumerable.Repeat("dir/", DirectoryLevels)) + "name/file";
        FileSystemLog.FileAboveBackups(_log, BackupPath.Printable(BackupPath.Join(parent.Path, name)), DirectoryLevels, shape);
        return FsError.NotPermitted;
    }
}
