using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>Reading and changing attributes.</summary>
public sealed partial class BackupFileSystem
{
    /// <summary>Attributes of an inode; through <paramref name="file"/> where one is open.</summary>
    public ValueTask<FsResult<EntryAttributes>> GetAttributesAsync(Inode inode, OpenFile? file, CancellationToken cancellationToken) => Interruption.Of(
        inode switch
        {
            DirectoryInode directory => DirectoryAttributesAsync(directory.Path, cancellationToken),
            EntryInode entry => EntryAttributesAsync(entry, file, cancellationToken),
            _ => ValueTask.FromResult<FsResult<EntryAttributes>>(FsError.Stale),
        },
        _log,
        cancellationToken);

    /// <summary>Changes attributes. A new size is a write for the life of the backup.</summary>
    public ValueTask<FsResult<EntryAttributes>> SetAttributesAsync(
        Inode inode, EntryChanges changes, OpenFile? file, Caller caller, CancellationToken cancellationToken) =>
        Interruption.Of(ChangeAttributesAsync(inode, changes, file, caller, cancellationToken), _log, cancellationToken);

    private async ValueTask<FsResult<EntryAttributes>> ChangeAttributesAsync(
        Inode inode, EntryChanges changes, OpenFile? file, Caller caller, CancellationToken cancellationToken)
    {
        if (inode is DirectoryInode directory)
        {
            return _options.ReadOnly
                ? FsError.ReadOnly
                : await SetDirectoryAttributesAsync(directory, changes, cancellationToken).ConfigureAwait(false);
        }

        var entry = (EntryInode)inode;
        var begun = BeginChange(entry.Backup);
        if (begun != FsError.None)
        {
            return begun;
        }

        var life = entry.Backup.Open!;
        try
        {
            if (changes.Size is not null && file is null)
            {
                life.NoteWriter(caller.Id);
            }

            // A new size may take as long as an upload takes: nobody must wait for that but who asked for it.
            using var inside = changes.Size is null ? await entry.Backup.EnterAsync(alone: false, cancellationToken).ConfigureAwait(false) : default;
            ValueTask<StorageResult<EntryAttributes>> pending;
            using (entry.Backup.LockNames())
            {
                var open = file ?? (entry.HasName ? null : entry.NewestHandle);
                if (open is not null)
                {
                    pending = open.File.SetAttributesAsync(changes, CancellationToken.None);
                }
                else if (entry.Path is { } path)
                {
                    pending = entry.Backup.Handle.Tree.SetAttributesAsync(path, changes, CancellationToken.None);
                }
                else
                {
                    return FsError.Stale;
                }
            }

            var result = await pending.ConfigureAwait(false);
            return result.IsOk ? entry.Backup.Shown(result.Value)
                : changes.Size is not null && file is { IsWritable: true } ? Failed(file, result.Error)
                : FsErrors.From(result.Error);
        }
        finally
        {
            life.EndChange();
        }
    }

    /// <summary>The room there is, truly the storage's.</summary>
    public ValueTask<FsResult<StorageSpace>> StatfsAsync(CancellationToken cancellationToken)
    {
        return Interruption.Of(AskAsync(), _log, cancellationToken);

        async ValueTask<FsResult<StorageSpace>> AskAsync() => (await _storage.GetSpaceAsync(cancellationToken).ConfigureAwait(false)).ToFs();
    }

    private async ValueTask<FsResult<EntryAttributes>> DirectoryAttributesAsync(string path, CancellationToken cancellationToken)
    {
        if (_virtualDirectories.TryGet(path, out var made))
        {
            return ShownDirectory(path, made);
        }

        FsResult<EntryAttributes> attributes;
        if (MayWait)
        {
            (attributes, _) = await _directoryCalls.AskAsync(path, AskAsync, static answer => answer, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            attributes = await AskAsync(cancellationToken).ConfigureAwait(false);
        }

        // Made while the storage answered?
        return attributes.IsOk ? ShownDirectory(path, attributes.Value)
            : _virtualDirectories.TryGet(path, out made) ? ShownDirectory(path, made)
            : attributes.Error;

        async ValueTask<FsResult<EntryAttributes>> AskAsync(CancellationToken token) =>
            (await _storage.GetDirectoryAttributesAsync(path, token).ConfigureAwait(false)).ToFs();
    }

    private async ValueTask<FsResult<EntryAttributes>> SetDirectoryAttributesAsync(
        DirectoryInode directory, EntryChanges changes, CancellationToken cancellationToken)
    {
        if (changes.Size is not null)
        {
            return FsError.IsADirectory;
        }

        if (_virtualDirectories.Change(directory.Path, changes, out var changed))
        {
            return ShownDirectory(directory.Path, changed);
        }

        var set = await _storage.SetDirectoryAttributesAsync(directory.Path, changes, cancellationToken).ConfigureAwait(false);
        return set.IsOk ? ShownDirectory(directory.Path, set.Value) : FsErrors.From(set.Error);
    }

    private static ValueTask<FsResult<EntryAttributes>> EntryAttributesAsync(
        EntryInode inode, OpenFile? file, CancellationToken cancellationToken)
    {
        return inode.Backup.Gate is null
            ? EntryAttributesInsideAsync(inode, file, cancellationToken)
            : AwaitAsync(inode, file, cancellationToken);

        static async ValueTask<FsResult<EntryAttributes>> AwaitAsync(EntryInode inode, OpenFile? file, CancellationToken cancellationToken)
        {
            using var inside = await inode.Backup.EnterAsync(alone: false, cancellationToken).ConfigureAwait(false);
            return await EntryAttributesInsideAsync(inode, file, cancellationToken).ConfigureAwait(false);
        }
    }

    private static ValueTask<FsResult<EntryAttributes>> EntryAttributesInsideAsync(
        EntryInode inode, OpenFile? file, CancellationToken cancellationToken)
    {
        ValueTask<StorageResult<EntryAttributes>> pending;
        using (inode.Backup.LockNames())
        {
            var open = file ?? (inode.HasName ? null : inode.NewestHandle);
            if (open is not null)
            {
                pending = open.File.GetAttributesAsync(cancellationToken);
            }
            else if (inode.Path is { } path)
            {
                pending = inode.Backup.Handle.Tree.GetAttributesAsync(path, cancellationToken);
            }
            else
            {
                return new(FsError.Stale);
            }
        }

        return pending.IsCompletedSuccessfully ? new(Shown(inode.Backup, pending.Result)) : AwaitAsync(inode.Backup, pending);

        static async ValueTask<FsResult<EntryAttributes>> AwaitAsync(Backup backup, ValueTask<StorageResult<EntryAttributes>> pending) =>
            Shown(backup, await pending.ConfigureAwait(false));

        static FsResult<EntryAttributes> Shown(Backup backup, in StorageResult<EntryAttributes> attributes) =>
            attributes.IsOk ? backup.Shown(attributes.Value) : FsErrors.From(attributes.Error);
    }

    /// <summary>Begins a change in a backup; None needs one EndChange on <see cref="Backup.Open"/>.</summary>
    private FsError BeginChange(Backup backup) =>
        _options.ReadOnly ? FsError.ReadOnly : backup.Open is { } life ? life.BeginChange() : FsError.ReadOnly;

    /// <summary>Whether the storage failed, as opposed to the caller having asked for something impossible.</summary>
    private static bool IsStorageFault(StorageError error) => error.Kind switch
    {
        StorageErrorKind.NoSpace or StorageErrorKind.QuotaExceeded or StorageErrorKind.Io or StorageErrorKind.Corrupt
            or StorageErrorKind.Unavailable or StorageErrorKind.FileTooLarge or StorageErrorKind.AccessDenied => true,
        StorageErrorKind.NotFound or StorageErrorKind.AlreadyExists or StorageErrorKind.NotEmpty or StorageErrorKind.NotADirectory
            or StorageErrorKind.IsADirectory or StorageErrorKind.InvalidName or StorageErrorKind.NameTooLong or StorageErrorKind.NotPermitted
            or StorageErrorKind.ReadOnly or StorageErrorKind.TooManyLinks or StorageErrorKind.TooManyOpenFiles or StorageErrorKind.Busy
            or StorageErrorKind.InvalidArgument or StorageErrorKind.NoAttribute or StorageErrorKind.NoSuchOffset
            or StorageErrorKind.Unsupported or StorageErrorKind.Cancelled => false,
    };
}
