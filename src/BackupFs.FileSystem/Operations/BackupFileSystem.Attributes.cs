using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>Reading and changing attributes.</summary>
public sealed partial class BackupFileSystem
{
    /// <summary>Attributes of an inode; through <paramref name="file"/> where one is open.</summary>
    public ValueTask<FsResult<EntryAttributes>> GetAttributesAsync(Inode inode, OpenFile? file, CancellationToken cancellationToken) => inode switch
    {
        DirectoryInode directory => DirectoryAttributesAsync(directory.Path, cancellationToken),
        EntryInode entry => EntryAttributesAsync(entry, file, cancellationToken),
        _ => ValueTask.FromResult<FsResult<EntryAttributes>>(FsError.Stale),
    };

    /// <summary>Changes attributes. A new size is a write for the life of the backup.</summary>
    public async ValueTask<FsResult<EntryAttributes>> SetAttributesAsync(
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

            ValueTask<StorageResult<EntryAttributes>> pending;
            using (entry.Backup.LockNames())
            {
                var open = file ?? (entry.HasName ? null : entry.NewestHandle);
                if (open is not null)
                {
                    pending = open.File.SetAttributesAsync(changes, cancellationToken);
                }
                else if (entry.Path is { } path)
                {
                    pending = entry.Backup.Handle.Tree.SetAttributesAsync(path, changes, cancellationToken);
                }
                else
                {
                    return FsError.Stale;
                }
            }

            var result = await pending.ConfigureAwait(false);
            return !result.IsOk && changes.Size is not null && file is { IsWritable: true } ? Failed(file, result.Error) : result.ToFs();
        }
        finally
        {
            life.EndChange();
        }
    }

    /// <summary>The room there is, truly the storage's.</summary>
    public async ValueTask<FsResult<StorageSpace>> StatfsAsync(CancellationToken cancellationToken) =>
        (await _storage.GetSpaceAsync(cancellationToken).ConfigureAwait(false)).ToFs();

    private async ValueTask<FsResult<EntryAttributes>> DirectoryAttributesAsync(string path, CancellationToken cancellationToken)
    {
        var attributes = await _storage.GetDirectoryAttributesAsync(path, cancellationToken).ConfigureAwait(false);
        return attributes.IsOk
            ? attributes.Value
            : _virtualDirectories.TryGet(path, out var made) ? made : FsErrors.From(attributes.Error);
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
            return changed;
        }

        return (await _storage.SetDirectoryAttributesAsync(directory.Path, changes, cancellationToken).ConfigureAwait(false)).ToFs();
    }

    private static ValueTask<FsResult<EntryAttributes>> EntryAttributesAsync(
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

        return pending.IsCompletedSuccessfully ? new(pending.Result.ToFs()) : AwaitAsync(pending);

        static async ValueTask<FsResult<EntryAttributes>> AwaitAsync(ValueTask<StorageResult<EntryAttributes>> pending) =>
            (await pending.ConfigureAwait(false)).ToFs();
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
