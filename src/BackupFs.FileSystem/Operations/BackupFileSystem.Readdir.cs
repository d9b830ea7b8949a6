using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>Listing directories.</summary>
public sealed partial class BackupFileSystem
{
    /// <summary>Opens a directory.</summary>
    public FsResult<OpenDirectory> Opendir(Inode inode)
    {
        if (inode is EntryInode { Type: not EntryType.Directory })
        {
            return FsError.NotADirectory;
        }

        Inodes.Reference(inode);
        return new OpenDirectory(inode);
    }

    /// <summary>
    /// The names in a directory, without <c>.</c> and <c>..</c>, in a fixed order. Position 0 takes a new snapshot; later
    /// positions see the same one.
    /// </summary>
    public ValueTask<FsResult<IReadOnlyList<ListedName>>> ReaddirAsync(
        OpenDirectory directory, bool fromStart, CancellationToken cancellationToken) =>
        Interruption.Of(ListAsync(directory, fromStart, cancellationToken), _log, cancellationToken);

    private async ValueTask<FsResult<IReadOnlyList<ListedName>>> ListAsync(
        OpenDirectory directory, bool fromStart, CancellationToken cancellationToken)
    {
        if (!fromStart && directory.Snapshot is { } taken)
        {
            return new(taken);
        }

        var listed = directory.Inode switch
        {
            EntryInode entry => await ListEntriesAsync(entry, cancellationToken).ConfigureAwait(false),
            DirectoryInode above when HoldsBackups(above) => await ListBackupsAsync(above, cancellationToken).ConfigureAwait(false),
            DirectoryInode above => await ListDirectoriesAsync(above, cancellationToken).ConfigureAwait(false),
            _ => FsError.Stale,
        };
        if (listed.IsOk)
        {
            directory.Snapshot = listed.Value;
        }

        return listed;
    }

    /// <summary>The handle is gone.</summary>
    public void Releasedir(OpenDirectory directory) => Inodes.Forget(directory.Inode);

    private static async ValueTask<FsResult<IReadOnlyList<ListedName>>> ListEntriesAsync(EntryInode inode, CancellationToken cancellationToken)
    {
        var backup = inode.Backup;
        using var inside = await backup.EnterAsync(alone: false, cancellationToken).ConfigureAwait(false);
        ValueTask<StorageResult<IReadOnlyList<DirectoryEntry>>> pending;
        string path;
        using (backup.LockNames())
        {
            if (inode.Path is not { } current)
            {
                // Removed while open: an empty directory.
                return new([]);
            }

            path = current;
            pending = backup.Handle.Tree.ListAsync(path, cancellationToken);
        }

        var entries = await pending.ConfigureAwait(false);
        if (!entries.IsOk)
        {
            return FsErrors.From(entries.Error);
        }

        var removal = backup.Removal;
        var names = new List<ListedName>(entries.Value.Count);
        foreach (var entry in entries.Value)
        {
            if (removal?.IsHidden(BackupPath.Join(path, entry.Name)) != true)
            {
                names.Add(new ListedName(entry.Name, entry.Type, backup.ShownNumber(entry.FileId)));
            }
        }

        return names;
    }

    private async ValueTask<FsResult<IReadOnlyList<ListedName>>> ListDirectoriesAsync(DirectoryInode inode, CancellationToken cancellationToken)
    {
        try
        {
            var names = new SortedSet<string>(
                await _storage.ListDirectoriesAsync(inode.Path, cancellationToken).ConfigureAwait(false), StringComparer.Ordinal);
            names.UnionWith(_virtualDirectories.Under(inode.Path).Select(made => made.Name));
            return names.Select(name => new ListedName(name, EntryType.Directory, NumberOf(name))).ToArray();
        }
        catch (StorageException error)
        {
            return ListingFailed(inode, error);
        }

        ulong NumberOf(string name) => _storage.Capabilities.LocalDescriptors
            ? UnknownFileId
            : ShownNumbers.OfDirectory(BackupPath.Join(inode.Path, name));
    }

    private async ValueTask<FsResult<IReadOnlyList<ListedName>>> ListBackupsAsync(DirectoryInode inode, CancellationToken cancellationToken)
    {
        using var listing = _listings.Begin(inode.Path);
        var names = new SortedSet<string>(StringComparer.Ordinal);
        try
        {
            // At the same time: each may take as long as a storage far away takes.
            var complete = _storage.ListBackupNamesAsync(inode.Path, cancellationToken).AsTask();
            var incomplete = _options.ShowIncomplete
                ? _storage.ListIncompleteAsync(inode.Path, cancellationToken).AsTask()
                : Task.FromResult<IReadOnlyList<IBackupHandle>>([]);
            await Task.WhenAll(complete, incomplete).ConfigureAwait(false);
            names.UnionWith(await complete.ConfigureAwait(false));
            foreach (var handle in await incomplete.ConfigureAwait(false))
            {
                using (handle)
                {
                    names.Add(handle.Name);
                }
            }
        }
        catch (StorageException error)
        {
            return ListingFailed(inode, error);
        }

        // What is open now, and only then what has changed since the storage was asked: a backup that ends in between is in one of
        // them. First the removals: one backup may be shown under what is another's name.
        var open = _backups.Open.Where(backup => backup.Directory == inode.Path).Select(backup => (Backup: backup, Shown: backup.ShownName)).ToArray();
        listing.Apply(names);
        names.ExceptWith(open.Select(each => each.Backup.Name));
        names.UnionWith(open.Select(each => each.Backup.IsImmutable ? each.Backup.Name : each.Shown));
        var shownBy = open.ToDictionary(each => each.Shown, each => each.Backup, StringComparer.Ordinal);
        var listed = names.Select(name => new ListedName(name, EntryType.Directory, NumberOf(name))).ToArray();
        if (MayWait)
        {
            _ahead.Listed(inode.Path, listed);
        }

        return listed;

        ulong NumberOf(string name) => _storage.Capabilities.LocalDescriptors
            ? UnknownFileId
            : ShownNumbers.OfBackup(shownBy.TryGetValue(name, out var shown) ? shown.Path : BackupPath.Join(inode.Path, name));
    }

    private FsError ListingFailed(DirectoryInode inode, StorageException error)
    {
        FileSystemLog.OperationFailed(_log, BackupPath.Printable(inode.Path), "list", error.Error);
        return FsErrors.From(error.Error);
    }

    /// <summary>What is listed as a number where finding the true one would cost a request for each name.</summary>
    private const ulong UnknownFileId = ulong.MaxValue;
}
