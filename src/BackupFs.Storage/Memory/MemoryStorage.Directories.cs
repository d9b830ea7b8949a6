namespace BackupFs.Storage;

/// <content>The directories above the backups.</content>
public sealed partial class MemoryStorage
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListDirectoriesAsync(string directory, CancellationToken cancellationToken)
    {
        RequireDirectory(directory);
        cancellationToken.ThrowIfCancellationRequested();
        lock (Store.Gate)
        {
            var names = new SortedSet<string>(StringComparer.Ordinal);
            foreach (var path in Store.Directories.Keys.Where(path => path.Length > 0 && BackupPath.Parent(path) == directory))
            {
                if (Exists(path))
                {
                    names.Add(BackupPath.LastSegment(path));
                }
            }

            foreach (var backup in Store.Backups.Values.Where(backup => backup.Directory == directory && IsVisible(backup)))
            {
                names.Add(backup.Name);
            }

            return new([.. names]);
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<EntryAttributes>> GetDirectoryAttributesAsync(string directory, CancellationToken cancellationToken)
    {
        if (BackupPath.CheckDirectory(directory) is { } error)
        {
            return new(error);
        }

        lock (Store.Gate)
        {
            return new(Exists(directory) ? Store.Directories[directory].ToAttributes() : StorageError.NotFound);
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<EntryAttributes>> SetDirectoryAttributesAsync(
        string directory, EntryChanges changes, CancellationToken cancellationToken)
    {
        if (CheckReal(directory) is { } error)
        {
            return new(error);
        }

        lock (Store.Gate)
        {
            if (!Store.Directories.TryGetValue(directory, out var node))
            {
                return new(StorageError.NotFound);
            }

            return new(node.Change(changes, Store.Now) is { } problem ? problem : node.ToAttributes());
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<EntryAttributes>> CreateDirectoryAsync(
        string directory, NewEntry entry, CancellationToken cancellationToken)
    {
        if (CheckReal(directory) is { } error)
        {
            return new(error);
        }

        lock (Store.Gate)
        {
            if (Store.Directories.ContainsKey(directory) || Store.BackupAround(directory) is not null)
            {
                return new(StorageErrorKind.AlreadyExists);
            }

            if (!Store.Directories.TryGetValue(BackupPath.Parent(directory), out var parent))
            {
                return new(StorageError.NotFound);
            }

            var node = Store.NewNode(EntryType.Directory, entry.Mode, entry.UserId ?? 0, entry.GroupId ?? 0);
            parent.TouchContent(Store.Now);
            Store.Directories.Add(directory, node);
            return new(node.ToAttributes());
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> RemoveDirectoryAsync(string directory, CancellationToken cancellationToken)
    {
        if (CheckReal(directory) is { } error)
        {
            return new(error);
        }

        lock (Store.Gate)
        {
            if (!Store.Directories.ContainsKey(directory))
            {
                return new(StorageError.NotFound);
            }

            if (directory.Length == 0)
            {
                return new(new StorageError(StorageErrorKind.Busy, "the storage's root cannot be removed"));
            }

            var prefix = directory + "/";
            if (Store.Directories.Keys.Any(path => path.StartsWith(prefix, StringComparison.Ordinal))
                || Store.Backups.Keys.Any(key => key.Directory == directory))
            {
                return new(StorageErrorKind.NotEmpty);
            }

            Store.Directories.Remove(directory);
            return new(Done.Ok);
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<StorageSpace>> GetSpaceAsync(CancellationToken cancellationToken)
    {
        const long Total = 1L << 40;
        lock (Store.Gate)
        {
            var used = Store.Backups.Values.Sum(backup => backup.Walk().Sum(entry => entry.Node.Content?.AllocatedBytes ?? 0));
            return new(new StorageSpace(Total, Total - used, Total - used, 0, 0, MemoryContent.PageSize, BackupPath.MaximumSegmentBytes));
        }
    }

    private StorageError? CheckReal(string directory) =>
        BackupPath.CheckDirectory(directory) ?? (Store.RealDirectories ? null : StorageError.Unsupported);

    /// <summary>Without real directories, one exists while a backup that can be seen is below it.</summary>
    private bool Exists(string directory)
    {
        if (Store.RealDirectories || directory.Length == 0)
        {
            return Store.Directories.ContainsKey(directory);
        }

        return Store.Backups.Values.Any(backup =>
            IsVisible(backup)
            && (backup.Directory == directory || backup.Directory.StartsWith(directory + "/", StringComparison.Ordinal)));
    }

    private static bool IsVisible(MemoryBackup backup) => backup.State is BackupState.Complete or BackupState.Foreign;
}
