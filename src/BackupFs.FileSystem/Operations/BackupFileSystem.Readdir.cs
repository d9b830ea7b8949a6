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
    public async ValueTask<FsResult<IReadOnlyList<ListedName>>> ReaddirAsync(
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
                names.Add(new ListedName(entry.Name, entry.Type, entry.FileId));
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
            return names.Select(name => new ListedName(name, EntryType.Directory, UnknownFileId)).ToArray();
        }
        catch (StorageException error)
        {
            return ListingFailed(inode, error);
        }
    }

    private async ValueTask<FsResult<IReadOnlyList<ListedName>>> ListBackupsAsync(DirectoryInode inode, CancellationToken cancellationToken)
    {
        try
        {
            var names = new SortedSet<string>(StringComparer.Ordinal);
            Collect(await _storage.ListBackupsAsync(inode.Path, cancellationToken).ConfigureAwait(false));
            if (_options.ShowIncomplete)
            {
                Collect(await _storage.ListIncompleteAsync(inode.Path, cancellationToken).ConfigureAwait(false));
            }

            // First the removals: one backup may be shown under what is another's name.
            var open = _backups.Open.Where(backup => backup.Directory == inode.Path).ToArray();
            names.ExceptWith(open.Select(backup => backup.Name));
            names.UnionWith(open.Select(backup => backup.ShownName));

            return names.Select(name => new ListedName(name, EntryType.Directory, UnknownFileId)).ToArray();

            void Collect(IReadOnlyList<IBackupHandle> handles)
            {
                foreach (var handle in handles)
                {
                    using (handle)
                    {
                        if (handle.State != BackupState.Incomplete || _options.ShowIncomplete)
                        {
                            names.Add(handle.Name);
                        }
                    }
                }
            }
        }
        catch (StorageException error)
        {
            return ListingFailed(inode, error);
        }
    }

    private FsError ListingFailed(DirectoryInode inode, StorageException error)
    {
        FileSystemLog.OperationFailed(_log, BackupPath.Printable(inode.Path), "list", error.Error);
        return FsErrors.From(error.Error);
    }

    /// <summary>What is listed as a number where finding the true one would cost a request for each name.</summary>
    private const ulong UnknownFileId = ulong.MaxValue;
}
