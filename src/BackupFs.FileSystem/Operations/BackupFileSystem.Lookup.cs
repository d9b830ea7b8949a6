using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>Finding inodes by name.</summary>
public sealed partial class BackupFileSystem
{
    /// <summary>Finds <paramref name="name"/> in a directory. The entry owns one reference.</summary>
    public ValueTask<FsResult<FsEntry>> LookupAsync(Inode parent, string name, CancellationToken cancellationToken) => Interruption.Of(
        parent switch
        {
            DirectoryInode directory when HoldsBackups(directory) => LookupBackupAsync(directory, name, cancellationToken),
            DirectoryInode directory => LookupDirectoryAsync(directory, name, cancellationToken),
            EntryInode entry => LookupEntryAsync(entry, name, cancellationToken),
            _ => ValueTask.FromResult<FsResult<FsEntry>>(FsError.NotADirectory),
        },
        _log,
        cancellationToken);

    /// <summary>
    /// The entry of a listed name, if telling it costs no request: a backup that this mount writes, a directory that it made. The
    /// entry owns one reference. Unavailable otherwise.
    /// </summary>
    public FsResult<FsEntry> LookupKnown(DirectoryInode parent, string name)
    {
        ArgumentNullException.ThrowIfNull(parent);
        if (!HoldsBackups(parent))
        {
            var path = BackupPath.Join(parent.Path, name);
            return _virtualDirectories.TryGet(path, out var made)
                ? new FsEntry(Inodes.AcquireDirectory(parent, name), ShownDirectory(path, made), Lifetimes.Shared)
                : FsError.Unavailable;
        }

        if (_backups.FindOpenByShownName(parent.Path, name) is not { } open || !open.TryReference())
        {
            return FsError.Unavailable;
        }

        try
        {
            var pending = open.Handle.Tree.GetAttributesAsync("", CancellationToken.None);
            if (!pending.IsCompletedSuccessfully)
            {
                _ = pending.AsTask();
                return FsError.Unavailable;
            }

            var attributes = pending.Result;
            return attributes.IsOk ? EntryOf(parent, open, attributes.Value) : FsError.Unavailable;
        }
        finally
        {
            open.Release();
        }
    }

    /// <summary>Gives references of an inode back.</summary>
    public void Forget(Inode inode, long count) => Inodes.Forget(inode, count);

    private async ValueTask<FsResult<FsEntry>> LookupDirectoryAsync(DirectoryInode parent, string name, CancellationToken cancellationToken)
    {
        var path = BackupPath.Join(parent.Path, name);
        if (BackupPath.CheckDirectory(path) is { } invalid)
        {
            return invalid.Kind == StorageErrorKind.NameTooLong ? FsError.NameTooLong : FsError.NotFound;
        }

        var attributes = await DirectoryAttributesAsync(path, cancellationToken).ConfigureAwait(false);
        return attributes.IsOk
            ? new FsEntry(Inodes.AcquireDirectory(parent, name), attributes.Value, Lifetimes.Shared)
            : attributes.Error;
    }

    private async ValueTask<FsResult<FsEntry>> LookupBackupAsync(DirectoryInode parent, string name, CancellationToken cancellationToken)
    {
        if (BackupPath.CheckBackup(parent.Path, name) is { } invalid)
        {
            return invalid.Kind == StorageErrorKind.NameTooLong ? FsError.NameTooLong : FsError.NotFound;
        }

        var ahead = MayWait ? await _ahead.TakeAsync(parent.Path, name, cancellationToken).ConfigureAwait(false) : null;
        var backup = ahead ?? await FindBackupAsync(parent.Path, name, cancellationToken).ConfigureAwait(false);
        if (!backup.IsOk)
        {
            return backup.Error;
        }

        try
        {
            return await BackupEntryAsync(parent, backup.Value, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            backup.Value.Release();
        }
    }

    private async ValueTask<FsResult<FsEntry>> BackupEntryAsync(DirectoryInode parent, Backup backup, CancellationToken cancellationToken)
    {
        var attributes = await backup.Handle.Tree.GetAttributesAsync("", cancellationToken).ConfigureAwait(false);
        if (!attributes.IsOk)
        {
            return FsErrors.From(attributes.Error);
        }

        return EntryOf(parent, backup, attributes.Value);
    }

    // The name may become another one (NAME.partial, NAME) or vanish at any time, by an end that nobody asked for, or by another host.
    private FsEntry EntryOf(DirectoryInode parent, Backup backup, in EntryAttributes root) =>
        new(Inodes.AcquireBackupRoot(parent, backup), backup.Shown(root), Lifetimes.Shared);

    /// <summary>The backup that is shown under a name, with a reference that the caller has to release.</summary>
    private async ValueTask<FsResult<Backup>> FindBackupAsync(string directory, string shownName, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_backups.FindOpenByShownName(directory, shownName) is { } open && open.TryReference())
            {
                return open;
            }

            if (_backups.FindOpen(directory, shownName) is not null)
            {
                return FsError.NotFound;
            }

            if (!MayWait)
            {
                return await FindStoredAsync(directory, shownName, cancellationToken).ConfigureAwait(false);
            }

            // Asked once for all who want to know. While the storage answers, a backup of that name may have been started, ended,
            // or removed here: then the answer is from before, and nobody may get it who comes after.
            var (found, isOutdated) = await _finds.AskAsync(
                BackupPath.Join(directory, shownName), token => FindStoredAsync(directory, shownName, token), Take, cancellationToken).ConfigureAwait(false);
            if (!isOutdated)
            {
                return found;
            }

            ReleaseFound(found);
        }

        static FsResult<Backup> Take(FsResult<Backup> found)
        {
            if (found.IsOk)
            {
                found.Value.TryReference();
            }

            return found;
        }
    }

    private async ValueTask<FsResult<Backup>> FindStoredAsync(string directory, string shownName, CancellationToken cancellationToken)
    {
        try
        {
            var found = await _storage.FindBackupAsync(directory, shownName, cancellationToken).ConfigureAwait(false);
            if (found is null)
            {
                return FsError.NotFound;
            }

            if (found.State == BackupState.Open || (found.State == BackupState.Incomplete && !_options.ShowIncomplete))
            {
                found.Dispose();
                return FsError.NotFound;
            }

            return await AcquireStoredAsync(found, cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException error)
        {
            FileSystemLog.OperationFailed(_log, BackupPath.Printable(BackupPath.Join(directory, shownName)), "lookup", error.Error);
            return FsErrors.From(error.Error);
        }
    }

    private async ValueTask<FsResult<Backup>> AcquireStoredAsync(IBackupHandle found, CancellationToken cancellationToken)
    {
        StorageResult<EntryAttributes> root;
        try
        {
            root = await found.Tree.GetAttributesAsync("", cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            found.Dispose();
            throw;
        }

        if (!root.IsOk)
        {
            found.Dispose();
            return FsErrors.From(root.Error);
        }

        return _backups.AcquireStored(found, root.Value.FileId, OnUnreferenced);
    }

    private async ValueTask<FsResult<FsEntry>> LookupEntryAsync(EntryInode parent, string name, CancellationToken cancellationToken)
    {
        using var inside = await parent.Backup.EnterAsync(alone: false, cancellationToken).ConfigureAwait(false);
        return await LookupEntryInsideAsync(parent, name, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<FsResult<FsEntry>> LookupEntryInsideAsync(EntryInode parent, string name, CancellationToken cancellationToken)
    {
        if (BackupPath.CheckSegment(name) is { } invalid)
        {
            // Nothing of such a name can exist; only making one has to be refused loudly.
            return invalid.Kind == StorageErrorKind.NameTooLong ? FsError.NameTooLong : FsError.NotFound;
        }

        var backup = parent.Backup;
        ValueTask<FsResult<FsEntry>> step;
        using (backup.LockNames())
        {
            if (parent.Path is not { } above)
            {
                return FsError.NotFound;
            }

            var path = BackupPath.Join(above, name);
            if (backup.Removal?.IsHidden(path) == true || path == BackupManifest.FileName)
            {
                return FsError.NotFound;
            }

            step = FoundAsync(parent, name, backup.Handle.Tree.GetAttributesAsync(path, cancellationToken));
        }

        return await step.ConfigureAwait(false);
    }

    private async ValueTask<FsResult<FsEntry>> FoundAsync(EntryInode parent, string name, ValueTask<StorageResult<EntryAttributes>> pending)
    {
        var attributes = await pending.ConfigureAwait(false);
        return attributes.IsOk ? EntryOf(parent, name, attributes.Value) : FsErrors.From(attributes.Error);
    }

    /// <summary>
    /// The entry for something that is known to exist, with its name learned; under the names lock where the storage answered
    /// at once, so that no rename or removal can have come between.
    /// </summary>
    private FsEntry EntryOf(EntryInode parent, string name, in EntryAttributes attributes)
    {
        var inode = Inodes.AcquireEntry(parent, attributes);
        if (inode.AddName(parent, name))
        {
            Inodes.MoveBelow(inode, parent);
        }

        return new FsEntry(inode, parent.Backup.Shown(attributes), parent.Backup.EntryLifetime);
    }
}
