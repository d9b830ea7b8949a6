using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>Making directories, links and nodes.</summary>
public sealed partial class BackupFileSystem
{
    /// <summary>Makes a directory; at the backup level it starts a backup (<c>NAME.partial</c> starts NAME).</summary>
    public ValueTask<FsResult<FsEntry>> MkdirAsync(
        Inode parent, string name, NewEntry entry, Caller caller, CancellationToken cancellationToken) =>
        Interruption.Of(MakeAnyDirectoryAsync(parent, name, entry, caller, cancellationToken), _log, cancellationToken);

    private async ValueTask<FsResult<FsEntry>> MakeAnyDirectoryAsync(
        Inode parent, string name, NewEntry entry, Caller caller, CancellationToken cancellationToken)
    {
        if (_options.ReadOnly)
        {
            return FsError.ReadOnly;
        }

        switch (parent)
        {
            case DirectoryInode directory when HoldsBackups(directory):
                return await StartBackupAsync(directory, name, entry, caller, cancellationToken).ConfigureAwait(false);
            case DirectoryInode directory:
                return await MakeDirectoryAsync(directory, name, entry, cancellationToken).ConfigureAwait(false);
            case EntryInode inode:
                return await MakeAsync(
                    inode, name, caller, (tree, path) => tree.CreateDirectoryAsync(path, entry, CancellationToken.None), cancellationToken)
                    .ConfigureAwait(false);
            default:
                return FsError.NotADirectory;
        }
    }

    /// <summary>Makes a symbolic link; the target is kept byte for byte.</summary>
    public ValueTask<FsResult<FsEntry>> SymlinkAsync(
        Inode parent, string name, ReadOnlyMemory<byte> target, NewEntry entry, Caller caller, CancellationToken cancellationToken) =>
        parent is EntryInode inode
            ? Interruption.Of(
                MakeAsync(inode, name, caller, (tree, path) => tree.CreateSymbolicLinkAsync(path, target, entry, CancellationToken.None), cancellationToken),
                _log,
                cancellationToken)
            : ValueTask.FromResult<FsResult<FsEntry>>(RefuseAboveBackups((DirectoryInode)parent, name));

    /// <summary>Makes an empty file, a FIFO, a socket's name or a device node.</summary>
    public ValueTask<FsResult<FsEntry>> MknodAsync(
        Inode parent, string name, EntryType type, uint device, NewEntry entry, Caller caller, CancellationToken cancellationToken) =>
        parent is EntryInode inode
            ? Interruption.Of(
                MakeAsync(inode, name, caller, (tree, path) => tree.CreateNodeAsync(path, type, device, entry, CancellationToken.None), cancellationToken),
                _log,
                cancellationToken)
            : ValueTask.FromResult<FsResult<FsEntry>>(RefuseAboveBackups((DirectoryInode)parent, name));

    /// <summary>Gives a file a further name in the same backup; a file without a name gets its first.</summary>
    public async ValueTask<FsResult<FsEntry>> LinkAsync(
        Inode inode, Inode newParent, string newName, Caller caller, CancellationToken cancellationToken)
    {
        if (newParent is not EntryInode directory)
        {
            return RefuseAboveBackups((DirectoryInode)newParent, newName);
        }

        if (inode is not EntryInode entry || entry.Backup != directory.Backup)
        {
            return FsError.CrossDevice;
        }

        return await Interruption.Of(MakeAsync(directory, newName, caller, Link, cancellationToken), _log, cancellationToken).ConfigureAwait(false);

        ValueTask<StorageResult<EntryAttributes>> Link(IBackupTree tree, string path)
        {
            if (entry.Path is { } existing)
            {
                return tree.LinkAsync(existing, path, CancellationToken.None);
            }

            return entry.NewestHandle is { } open
                ? LinkUnnamedAsync(tree, open, path, CancellationToken.None)
                : ValueTask.FromResult<StorageResult<EntryAttributes>>(StorageError.NotFound);
        }
    }

    /// <summary>The target of a symbolic link.</summary>
    public ValueTask<FsResult<byte[]>> ReadlinkAsync(Inode inode, CancellationToken cancellationToken) =>
        Interruption.Of(ReadTargetAsync(inode, cancellationToken), _log, cancellationToken);

    private static async ValueTask<FsResult<byte[]>> ReadTargetAsync(Inode inode, CancellationToken cancellationToken)
    {
        if (inode is not EntryInode { Type: EntryType.SymbolicLink } entry)
        {
            return FsError.InvalidArgument;
        }

        using var inside = await entry.Backup.EnterAsync(alone: false, cancellationToken).ConfigureAwait(false);
        ValueTask<StorageResult<byte[]>> pending;
        using (entry.Backup.LockNames())
        {
            if (entry.Path is not { } path)
            {
                return FsError.Stale;
            }

            pending = entry.Backup.Handle.Tree.ReadLinkAsync(path, cancellationToken);
        }

        return (await pending.ConfigureAwait(false)).ToFs();
    }

    private static async ValueTask<StorageResult<EntryAttributes>> LinkUnnamedAsync(
        IBackupTree tree, OpenFile open, string path, CancellationToken cancellationToken)
    {
        var linked = await tree.LinkUnnamedFileAsync(open.File, path, cancellationToken).ConfigureAwait(false);
        return linked.IsOk ? await tree.GetAttributesAsync(path, cancellationToken).ConfigureAwait(false) : linked.Error;
    }

    /// <summary>Makes an entry. Only the wait for other operations can be given up: what is begun in an open backup is finished.</summary>
    private async ValueTask<FsResult<FsEntry>> MakeAsync(
        EntryInode directory,
        string name,
        Caller caller,
        Func<IBackupTree, string, ValueTask<StorageResult<EntryAttributes>>> make,
        CancellationToken cancellationToken)
    {
        var checkedName = CheckNewName(directory, name);
        if (checkedName != FsError.None)
        {
            return checkedName;
        }

        var backup = directory.Backup;
        var begun = BeginChange(backup);
        if (begun != FsError.None)
        {
            return begun;
        }

        var life = backup.Open!;
        try
        {
            life.NoteWriter(caller.Id);
            using var inside = await backup.EnterAsync(alone: false, cancellationToken).ConfigureAwait(false);
            ValueTask<FsResult<FsEntry>> step;
            using (backup.LockNames())
            {
                if (directory.Path is not { } above)
                {
                    return FsError.NotFound;
                }

                var path = BackupPath.Join(above, name);
                step = MadeAsync(directory, name, path, life, make(backup.Handle.Tree, path));
            }

            return await step.ConfigureAwait(false);
        }
        finally
        {
            life.EndChange();
        }
    }

    private async ValueTask<FsResult<FsEntry>> MadeAsync(
        EntryInode directory, string name, string path, OpenBackup life, ValueTask<StorageResult<EntryAttributes>> pending)
    {
        var made = await pending.ConfigureAwait(false);
        if (!made.IsOk)
        {
            return FsErrors.From(made.Error);
        }

        life.OnMade(made.Value, path);
        return EntryOf(directory, name, made.Value);
    }

    private async ValueTask<FsResult<FsEntry>> MakeDirectoryAsync(
        DirectoryInode parent, string name, NewEntry entry, CancellationToken cancellationToken)
    {
        var path = BackupPath.Join(parent.Path, name);
        if ((BackupPath.CheckSegment(name) ?? BackupPath.CheckDirectory(path)) is { } invalid)
        {
            FileSystemLog.Refused(_log, BackupPath.Printable(path), invalid.Message);
            return FsErrors.From(invalid);
        }

        StorageResult<EntryAttributes> made;
        if (_storage.Capabilities.RealDirectories)
        {
            made = await _storage.CreateDirectoryAsync(path, entry, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            var existing = await DirectoryAttributesAsync(path, cancellationToken).ConfigureAwait(false);
            if (!existing.IsOk && existing.Error != FsError.NotFound)
            {
                return existing.Error;
            }

            made = !existing.IsOk && _virtualDirectories.TryAdd(path, entry, out var added) ? added : StorageErrorKind.AlreadyExists;
        }

        return made.IsOk
            ? new FsEntry(Inodes.AcquireDirectory(parent, name), ShownDirectory(path, made.Value), Lifetimes.Shared)
            : FsErrors.From(made.Error);
    }

    private async ValueTask<FsResult<FsEntry>> StartBackupAsync(
        DirectoryInode parent, string shownName, NewEntry entry, Caller caller, CancellationToken cancellationToken)
    {
        var isPartial = shownName.Length > Backup.PartialSuffix.Length
            && shownName.EndsWith(Backup.PartialSuffix, StringComparison.Ordinal);
        var name = isPartial ? shownName[..^Backup.PartialSuffix.Length] : shownName;
        var path = BackupPath.Printable(BackupPath.Join(parent.Path, shownName));
        if (BackupPath.CheckBackup(parent.Path, name) is { } invalid)
        {
            FileSystemLog.Refused(_log, path, invalid.Message);
            return FsErrors.From(invalid);
        }

        try
        {
            if (isPartial && await IsShownAsync(parent, shownName, cancellationToken).ConfigureAwait(false))
            {
                return FsError.AlreadyExists;
            }

            var starting = MakeBackupAsync(parent, name, isPartial, entry, caller, cancellationToken);
            var backup = await WaitOrUndoAsync(starting, GiveUpStartAsync, cancellationToken).ConfigureAwait(false);
            if (!backup.IsOk)
            {
                return backup.Error;
            }

            try
            {
                return await BackupEntryAsync(parent, backup.Value, CancellationToken.None).ConfigureAwait(false);
            }
            finally
            {
                backup.Value.Release();
            }
        }
        catch (StorageException error)
        {
            FileSystemLog.Refused(_log, path, error.Message);
            return FsErrors.From(error.Error);
        }
    }

    /// <summary>
    /// Starts a backup in the storage and takes it in hand; one reference is the caller's. The start is not cut in the middle,
    /// because nobody could tell then whether the name is taken; only the wait for an earlier one is given up.
    /// </summary>
    private async Task<FsResult<Backup>> MakeBackupAsync(
        DirectoryInode parent, string name, bool isPartial, NewEntry entry, Caller caller, CancellationToken cancellationToken)
    {
        using var turn = MayWait
            ? await _starts.TakeAsync(BackupPath.Join(parent.Path, name), cancellationToken).ConfigureAwait(false)
            : null;
        using var use = _storage.Capabilities.RealDirectories ? null : _virtualDirectories.Use(parent.Path);
        var handle = await _storage.StartBackupAsync(parent.Path, name, _stopping.Token).ConfigureAwait(false);
        var set = await handle.Tree.SetAttributesAsync(
            "",
            new EntryChanges { Mode = entry.Mode, UserId = entry.UserId, GroupId = entry.GroupId },
            CancellationToken.None).ConfigureAwait(false);
        if (!set.IsOk || cancellationToken.IsCancellationRequested)
        {
            // Not wanted any more: gone before the turn is over, so that whoever starts it again finds the name free.
            using (handle)
            {
                await handle.AbortBackupAsync(CancellationToken.None).ConfigureAwait(false);
                return set.IsOk ? FsError.Interrupted : FsErrors.From(set.Error);
            }
        }

        var backup = AddOpenBackup(handle, set.Value.FileId, isPartial, isResumed: false);
        backup.Open?.NoteWriter(caller.Id);
        FileSystemLog.Started(_log, BackupPath.Printable(backup.Path), BackupPath.Printable(backup.ShownName));
        return backup;
    }

    /// <summary>The caller of a start was interrupted at the moment when it was done.</summary>
    private async Task GiveUpStartAsync(FsResult<Backup> started)
    {
        if (started.IsOk)
        {
            await AbortAndTellAsync(started.Value, CancellationToken.None).ConfigureAwait(false);
            started.Value.Release();
        }
    }

    /// <summary>Whether another backup is shown under a name that a partial backup is to have.</summary>
    private async ValueTask<bool> IsShownAsync(DirectoryInode parent, string shownName, CancellationToken cancellationToken)
    {
        if (_backups.FindOpenByShownName(parent.Path, shownName) is not null)
        {
            return true;
        }

        using var stored = await _storage.FindBackupAsync(parent.Path, shownName, cancellationToken).ConfigureAwait(false);
        return stored is not null;
    }

    /// <summary>Takes a backup in hand that this mount writes; one reference is the caller's.</summary>
    private Backup AddOpenBackup(IBackupHandle handle, ulong rootFileId, bool isPartial, bool isResumed)
    {
        var backup = new Backup(handle, rootFileId, NewLife(handle, isResumed), isPartial, OnUnreferenced)
        {
            FirstNumber = _backups.FirstNumber(BackupPath.Join(handle.Directory, handle.Name)),
            Gate = MayWait ? new TreeGate() : null,
        };
        _backups.AddOpen(backup);
        NamesChanged(backup.Directory, backup.Name);
        return backup;
    }
}
