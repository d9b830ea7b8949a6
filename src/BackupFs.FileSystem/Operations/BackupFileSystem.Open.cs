using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>Creating, opening and releasing files.</summary>
public sealed partial class BackupFileSystem
{
    /// <summary>How often a name may vanish between "it exists" and opening it before that is told to the caller.</summary>
    private const int MostCreateAttempts = 100;

    /// <summary>Opens a file.</summary>
    /// <param name="inode">The file.</param>
    /// <param name="access">How.</param>
    /// <param name="truncate">Empty it first (needs a writing access).</param>
    /// <param name="caller">Who; a writer is watched from now on.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public ValueTask<FsResult<OpenFile>> OpenAsync(
        Inode inode, FileAccessMode access, bool truncate, Caller caller, CancellationToken cancellationToken) =>
        Interruption.Of(OpenInodeAsync(inode, access, truncate, caller, cancellationToken), _log, cancellationToken);

    private async ValueTask<FsResult<OpenFile>> OpenInodeAsync(
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
            using var reading = await entry.Backup.EnterAsync(alone: false, cancellationToken).ConfigureAwait(false);
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
            // Only the wait is given up: whether a file was emptied has to be known.
            using var inside = await entry.Backup.EnterAsync(alone: false, cancellationToken).ConfigureAwait(false);
            return await OpenEntryAsync(entry, access, truncate, life, caller, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            life.EndChange();
        }
    }

    /// <summary>Creates a file and opens it; opens it if it exists and <paramref name="exclusive"/> is not set.</summary>
    public ValueTask<FsResult<(FsEntry Entry, OpenFile File)>> CreateAsync(
        Inode parent,
        string name,
        NewEntry entry,
        FileAccessMode access,
        bool exclusive,
        bool truncate,
        Caller caller,
        CancellationToken cancellationToken) =>
        Interruption.Of(
            CreateOrOpenAsync(parent, name, entry, access, exclusive, truncate, caller, cancellationToken), _log, cancellationToken);

    private async ValueTask<FsResult<(FsEntry Entry, OpenFile File)>> CreateOrOpenAsync(
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
            using var inside = await backup.EnterAsync(alone: false, cancellationToken).ConfigureAwait(false);
            for (var attempt = 1; ; attempt++)
            {
                var file = await CreateInsideAsync(directory, name, entry, access, opener, life).ConfigureAwait(false);
                if (file.Error == FsError.AlreadyExists && !exclusive)
                {
                    file = await OpenExistingAsync(directory, name, access, truncate, life, caller).ConfigureAwait(false);

                    // What had the name was unlinked or moved between the two: then there is something to create after all.
                    if (file.Error is FsError.NotFound or FsError.Stale && attempt < MostCreateAttempts)
                    {
                        continue;
                    }
                }

                return file;
            }
        }
        finally
        {
            life.EndChange();
        }
    }

    /// <summary>Creates a file, while the caller is inside the backup; <paramref name="name"/> is null for one without a name.</summary>
    private async ValueTask<FsResult<(FsEntry Entry, OpenFile File)>> CreateInsideAsync(
        EntryInode directory, string? name, NewEntry entry, FileAccessMode access, IObservedProcess? opener, OpenBackup life)
    {
        var backup = directory.Backup;
        ValueTask<FsResult<(FsEntry Entry, OpenFile File)>> step;
        using (backup.LockNames())
        {
            if (directory.Path is not { } above)
            {
                return FsError.NotFound;
            }

            var tree = backup.Handle.Tree;
            var path = name is null ? "(a file without a name)" : BackupPath.Join(above, name);
            var pending = name is null
                ? tree.CreateUnnamedFileAsync(above, access, entry, CancellationToken.None)
                : tree.CreateFileAsync(path, access, entry, CancellationToken.None);
            step = CreatedAsync(directory, name, path, pending, opener, life);
        }

        return await step.ConfigureAwait(false);
    }

    /// <summary>Creates a file without a name in a directory (O_TMPFILE) and opens it.</summary>
    public ValueTask<FsResult<(FsEntry Entry, OpenFile File)>> CreateUnnamedAsync(
        Inode parent, NewEntry entry, FileAccessMode access, Caller caller, CancellationToken cancellationToken) =>
        Interruption.Of(CreateWithoutNameAsync(parent, entry, access, caller, cancellationToken), _log, cancellationToken);

    private async ValueTask<FsResult<(FsEntry Entry, OpenFile File)>> CreateWithoutNameAsync(
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
            using var inside = await backup.EnterAsync(alone: false, cancellationToken).ConfigureAwait(false);
            return await CreateInsideAsync(directory, name: null, entry, access, opener, life).ConfigureAwait(false);
        }
        finally
        {
            life.EndChange();
        }
    }

    /// <summary>
    /// The last descriptor and mapping of the handle are gone. Waits for what goes on with the file although its caller was
    /// interrupted, and stores it where closes are deferred. Errors have nobody to go to: they are recorded.
    /// </summary>
    public async ValueTask ReleaseAsync(OpenFile file)
    {
        // First, so that nobody reaches a file without a name through a handle that is being closed.
        file.Inode.RemoveHandle(file);
        var isDeferred = false;
        try
        {
            await file.StoringOverAsync().ConfigureAwait(false);
            isDeferred = BeginDeferred(file);
            if (isDeferred)
            {
                await StoreDeferredAsync(file).ConfigureAwait(false);
            }

            await file.File.DisposeAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            FileSystemLog.OperationFailed(_log, PathOf(file), "release", Interruption.ErrorOf(CancellationToken.None));
            Failed(file, Interruption.ErrorOf(CancellationToken.None));
        }
        catch (StorageException error)
        {
            FileSystemLog.OperationFailed(_log, PathOf(file), "release", error.Error);
            Failed(file, error.Error);
        }
        finally
        {
            file.Life?.OnReleased(file);
            if (isDeferred)
            {
                // Not before: who waits for files that are being stored would find this one open still.
                file.Life!.EndFlush();
            }

            Inodes.Forget(file.Inode);
        }
    }

    /// <summary>Takes a new file into the tree; <paramref name="name"/> is null for one without a name.</summary>
    private async ValueTask<FsResult<(FsEntry Entry, OpenFile File)>> CreatedAsync(
        EntryInode directory,
        string? name,
        string path,
        ValueTask<StorageResult<IBackupFile>> pending,
        IObservedProcess? opener,
        OpenBackup life)
    {
        var created = await pending.ConfigureAwait(false);
        if (!created.IsOk)
        {
            if (IsStorageFault(created.Error))
            {
                FileSystemLog.OperationFailed(_log, Printable(directory.Backup, path), "create", created.Error);
            }

            return FsErrors.From(created.Error);
        }

        var attributes = await created.Value.GetAttributesAsync(CancellationToken.None).ConfigureAwait(false);
        if (!attributes.IsOk)
        {
            await created.Value.DisposeAsync().ConfigureAwait(false);
            return FsErrors.From(attributes.Error);
        }

        FsEntry entry;
        if (name is null)
        {
            entry = new FsEntry(
                Inodes.AcquireEntry(directory, attributes.Value), directory.Backup.Shown(attributes.Value), directory.Backup.EntryLifetime);
        }
        else
        {
            life.OnMade(attributes.Value, path);
            entry = EntryOf(directory, name, attributes.Value);
        }

        var opening = name is null ? Opening.CreatedUnnamed : Opening.Created;
        var file = await AdoptAsync((EntryInode)entry.Inode, created.Value, opener, path, opening, life).ConfigureAwait(false);
        return (entry, file);
    }

    private async ValueTask<FsResult<(FsEntry Entry, OpenFile File)>> OpenExistingAsync(
        EntryInode directory,
        string name,
        FileAccessMode access,
        bool truncate,
        OpenBackup life,
        Caller caller)
    {
        var found = await LookupEntryInsideAsync(directory, name, CancellationToken.None).ConfigureAwait(false);
        if (!found.IsOk)
        {
            return found.Error;
        }

        var inode = (EntryInode)found.Value.Inode;
        var opened = inode.Type == EntryType.File
            ? await OpenEntryAsync(inode, access, truncate, life, caller, CancellationToken.None).ConfigureAwait(false)
            : FsError.AlreadyExists;
        if (!opened.IsOk)
        {
            Inodes.Forget(inode);
            return opened.Error;
        }

        if (!truncate)
        {
            return (found.Value, opened.Value);
        }

        // What was found before the truncation has the old size.
        var attributes = await opened.Value.File.GetAttributesAsync(CancellationToken.None).ConfigureAwait(false);
        return (attributes.IsOk ? found.Value with { Attributes = inode.Backup.Shown(attributes.Value) } : found.Value, opened.Value);
    }

    private async ValueTask<FsResult<OpenFile>> OpenEntryAsync(
        EntryInode entry, FileAccessMode access, bool truncate, OpenBackup? life, Caller caller, CancellationToken cancellationToken)
    {
        var opener = life?.ObserveOpener(caller.Id);
        ValueTask<FsResult<OpenFile>> step;
        using (entry.Backup.LockNames())
        {
            if (entry.Path is not { } path)
            {
                return FsError.Stale;
            }

            var pending = entry.Backup.Handle.Tree.OpenFileAsync(path, access, truncate, cancellationToken);
            step = OpenedAsync(entry, path, pending, opener, truncate ? Opening.Truncated : Opening.Kept, life);
        }

        return await step.ConfigureAwait(false);
    }

    private async ValueTask<FsResult<OpenFile>> OpenedAsync(
        EntryInode entry, string path, ValueTask<StorageResult<IBackupFile>> pending, IObservedProcess? opener, Opening opening, OpenBackup? life)
    {
        var opened = await pending.ConfigureAwait(false);
        if (!opened.IsOk)
        {
            if (IsStorageFault(opened.Error))
            {
                FileSystemLog.OperationFailed(_log, Printable(entry.Backup, path), "open", opened.Error);
            }

            return FsErrors.From(opened.Error);
        }

        return await AdoptAsync(entry, opened.Value, opener, path, opening, life).ConfigureAwait(false);
    }

    private async ValueTask<OpenFile> AdoptAsync(
        EntryInode inode, IBackupFile file, IObservedProcess? opener, string path, Opening opening, OpenBackup? life)
    {
        var writable = file.Access != FileAccessMode.Read;
        var open = new OpenFile(inode, file, opener)
        {
            Life = writable ? life : null,
            MayPassThrough = file.LocalDescriptor is not null
                && (!writable || await _room.IsPlentifulAsync(CancellationToken.None).ConfigureAwait(false)),
        };
        Inodes.Reference(inode);
        inode.AddHandle(open);
        open.Life?.OnOpenedForWriting(open, path, opening);
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
