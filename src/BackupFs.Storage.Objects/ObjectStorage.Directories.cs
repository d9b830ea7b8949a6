namespace BackupFs.Storage.Objects;

/// <content>Directories above the backups, which no object store has: they are there as long as something is below them.</content>
public sealed partial class ObjectStorage
{
    private const int DirectoryMode = 0x1ED;

    /// <summary>What no store says: the room there is. As much as a 64-bit count of 4 KiB blocks shows without overflowing anywhere.</summary>
    private const long Room = 1L << 50;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> ListDirectoriesAsync(string directory, CancellationToken cancellationToken)
    {
        if (BackupPath.CheckDirectory(directory) is { } invalid)
        {
            throw invalid.ToException();
        }

        var prefix = directory.Length == 0 ? "" : directory + "/";
        var listed = await ObjectLister.ListDirectoriesAsync(Store, prefix, cancellationToken).ConfigureAwait(false);
        if (!listed.IsOk)
        {
            throw listed.Error.ToException();
        }

        var names = listed.Value.Where(name => BackupPath.CheckBackup(directory, name) is null).ToList();
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    /// <inheritdoc/>
    public async ValueTask<StorageResult<EntryAttributes>> GetDirectoryAttributesAsync(string directory, CancellationToken cancellationToken)
    {
        if (BackupPath.CheckDirectory(directory) is { } invalid)
        {
            return invalid;
        }

        if (directory.Length > 0)
        {
            var any = await ObjectLister.AnyAsync(Store, directory + "/", cancellationToken).ConfigureAwait(false);
            if (!any.IsOk || !any.Value)
            {
                return any.Error ?? StorageError.NotFound;
            }
        }

        // No store knows when; the time of this storage's start at least stays the same.
        return new EntryAttributes
        {
            Type = EntryType.Directory,
            FileId = 1,
            Mode = DirectoryMode,
            Links = 2,
            AccessTime = _started,
            ModifyTime = _started,
            ChangeTime = _started,
        };
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<EntryAttributes>> SetDirectoryAttributesAsync(
        string directory, EntryChanges changes, CancellationToken cancellationToken) => new(Refuse(directory));

    /// <inheritdoc/>
    public ValueTask<StorageResult<EntryAttributes>> CreateDirectoryAsync(string directory, NewEntry entry, CancellationToken cancellationToken) =>
        new(Refuse(directory));

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> RemoveDirectoryAsync(string directory, CancellationToken cancellationToken) =>
        new(Refuse(directory));

    /// <inheritdoc/>
    public ValueTask<StorageResult<StorageSpace>> GetSpaceAsync(CancellationToken cancellationToken) =>
        new(new StorageSpace(Room, Room, Room, 0, 0, 4096, BackupPath.MaximumSegmentBytes));

    private static StorageError Refuse(string directory) => BackupPath.CheckDirectory(directory) ?? StorageError.Unsupported;
}
