using BackupFs.Storage.File.Interop;
using BackupFs.Storage.File.Trees;

namespace BackupFs.Storage.File;

public sealed partial class FileStorage
{
    /// <inheritdoc/>
    public ValueTask<StorageResult<EntryAttributes>> GetDirectoryAttributesAsync(string directory, CancellationToken cancellationToken) =>
        new(BackupPath.CheckDirectory(directory) is { } invalid
            ? invalid
            : WithParent(directory, "looking up", static (parent, name) => ReadDirectory(parent, name)));

    /// <inheritdoc/>
    public ValueTask<StorageResult<EntryAttributes>> SetDirectoryAttributesAsync(
        string directory, EntryChanges changes, CancellationToken cancellationToken)
    {
        if (BackupPath.CheckDirectory(directory) is { } invalid)
        {
            return new(invalid);
        }

        if (changes.Size is not null)
        {
            return new(new StorageError(StorageErrorKind.IsADirectory, "a directory has no size to change"));
        }

        return new(WithParent(directory, "changing", (parent, name) =>
        {
            var errno = EntryChanger.Apply(parent, name, changes);
            return errno == Errno.Success ? ReadDirectory(parent, name) : (errno, default);
        }));
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<EntryAttributes>> CreateDirectoryAsync(
        string directory, NewEntry entry, CancellationToken cancellationToken)
    {
        if ((BackupPath.CheckDirectory(directory) ?? CheckNotInBackup(BackupPath.Parent(directory))) is { } invalid)
        {
            return new(invalid);
        }

        if (directory.Length == 0)
        {
            return new(new StorageError(StorageErrorKind.AlreadyExists, "the storage's root is there already"));
        }

        return new(WithParent(directory, "making", (parent, name) =>
        {
            var errno = NameCalls.MakeDirectory(parent, name, entry.Mode);
            if (errno != Errno.Success)
            {
                return (errno, default);
            }

            errno = NewEntryAttributes.Apply(parent, name, EntryType.Directory, entry, out var attributes);
            if (errno != Errno.Success)
            {
                _ = NameCalls.RemoveDirectory(parent, name);
            }

            return (errno, attributes);
        }));
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> RemoveDirectoryAsync(string directory, CancellationToken cancellationToken)
    {
        if ((BackupPath.CheckDirectory(directory) ?? CheckNotInBackup(BackupPath.Parent(directory))) is { } invalid)
        {
            return new(invalid);
        }

        if (directory.Length == 0)
        {
            return new(new StorageError(StorageErrorKind.Busy, "the storage's root cannot be removed"));
        }

        var removed = WithParent(directory, "removing", static (parent, name) => (NameCalls.RemoveDirectory(parent, name), default));
        return removed.IsOk ? new(Done.Ok) : new(removed.Error);
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<StorageSpace>> GetSpaceAsync(CancellationToken cancellationToken)
    {
        using var root = Root.Lease();
        var errno = FileSystemCalls.StatFs(root.Descriptor, out var room);
        return errno == Errno.Success
            ? new(new StorageSpace(
                (long)room.Blocks * room.FragmentSize,
                (long)room.FreeBlocks * room.FragmentSize,
                (long)room.AvailableBlocks * room.FragmentSize,
                (long)room.Files,
                (long)room.FreeFiles,
                (int)room.FragmentSize,
                (int)room.NameLength))
            : new(ErrnoMap.ToError(errno, "asking for the space of", Root.Path));
    }

    private delegate (Errno Errno, StatxBuffer Attributes) DirectoryOperation(Descriptor parent, string name);

    private StorageResult<EntryAttributes> WithParent(string directory, string operation, DirectoryOperation action)
    {
        using var root = Root.Lease();
        var errno = OpenCalls.OpenBeneath(
            root.Descriptor, BackupPath.Parent(directory), OpenFlags.PathOnly | OpenFlags.Directory, out var parent);
        if (errno != Errno.Success)
        {
            return ErrnoMap.ToError(errno, operation, directory);
        }

        using (parent)
        {
            (errno, var attributes) = action(parent, BackupPath.LastSegment(directory));
            return errno == Errno.Success ? FileTypes.ToAttributes(attributes) : ErrnoMap.ToError(errno, operation, directory);
        }
    }

    private static (Errno Errno, StatxBuffer Attributes) ReadDirectory(Descriptor parent, string name)
    {
        var errno = AttributeCalls.Statx(parent, name, out var attributes);
        return errno == Errno.Success && FileTypes.FromMode(attributes.Mode) != EntryType.Directory
            ? (Errno.ENOTDIR, attributes)
            : (errno, attributes);
    }

    /// <summary>A complete backup is immutable: nothing is made or removed in it by way of the directories above the backups.</summary>
    private StorageError? CheckNotInBackup(string directory)
    {
        for (var path = directory; path.Length > 0; path = BackupPath.Parent(path))
        {
            if (Root.OpenDirectory(path, out var opened) != Errno.Success)
            {
                continue;
            }

            using (opened)
            {
                if (HasFile(opened, BackupManifest.FileName))
                {
                    return new StorageError(StorageErrorKind.NotADirectory, $"'{BackupPath.Printable(path)}' is a complete backup: nothing can be made or removed in it");
                }
            }
        }

        return null;
    }

    private void RequireNotInBackup(string directory)
    {
        if (CheckNotInBackup(directory) is { } error)
        {
            throw error.ToException();
        }
    }
}
