namespace BackupFs.Storage;

/// <summary>
/// The files of one backup as a tree, by path relative to the backup's root: <c>""</c> is the root itself, components
/// are joined by <c>/</c>. Thread-safe. Symbolic links are never followed.
/// </summary>
/// <remarks>
/// <para>Every path is checked with <see cref="BackupPath"/>; nothing outside the backup can be reached, also not by a
/// symbolic link planted in the storage. <see cref="BackupManifest.FileName"/> in the root is neither listed nor
/// reachable.</para>
/// <para>On a read-only handle every changing member fails with <see cref="StorageErrorKind.ReadOnly"/>.</para>
/// <para>Members of a local storage complete synchronously, except <see cref="SyncDirectoryAsync"/>.</para>
/// </remarks>
public interface IBackupTree
{
    /// <summary>Attributes of an entry; a symbolic link's own.</summary>
    ValueTask<StorageResult<EntryAttributes>> GetAttributesAsync(string path, CancellationToken cancellationToken);

    /// <summary>The names in a directory, without <c>.</c> and <c>..</c>, in no particular order.</summary>
    ValueTask<StorageResult<IReadOnlyList<DirectoryEntry>>> ListAsync(string path, CancellationToken cancellationToken);

    /// <summary>The target of a symbolic link, byte for byte.</summary>
    ValueTask<StorageResult<byte[]>> ReadLinkAsync(string path, CancellationToken cancellationToken);

    /// <summary>Opens an existing file, emptying it first when <paramref name="truncate"/> is set.</summary>
    ValueTask<StorageResult<IBackupFile>> OpenFileAsync(
        string path, FileAccessMode access, bool truncate, CancellationToken cancellationToken);

    /// <summary>Creates a file that must not exist yet and opens it.</summary>
    ValueTask<StorageResult<IBackupFile>> CreateFileAsync(
        string path, FileAccessMode access, NewEntry entry, CancellationToken cancellationToken);

    /// <summary>Creates a file without a name (O_TMPFILE); it is gone when disposed, unless linked before.</summary>
    ValueTask<StorageResult<IBackupFile>> CreateUnnamedFileAsync(
        string directory, FileAccessMode access, NewEntry entry, CancellationToken cancellationToken);

    /// <summary>Gives a file made by <see cref="CreateUnnamedFileAsync"/> of this tree a name that must be free.</summary>
    ValueTask<StorageResult<Done>> LinkUnnamedFileAsync(IBackupFile file, string path, CancellationToken cancellationToken);

    /// <summary>Creates a directory that must not exist yet.</summary>
    ValueTask<StorageResult<EntryAttributes>> CreateDirectoryAsync(string path, NewEntry entry, CancellationToken cancellationToken);

    /// <summary>Creates a symbolic link; the target is kept byte for byte, 1..4095 bytes.</summary>
    ValueTask<StorageResult<EntryAttributes>> CreateSymbolicLinkAsync(
        string path, ReadOnlyMemory<byte> target, NewEntry entry, CancellationToken cancellationToken);

    /// <summary>Creates an empty regular file, a FIFO, a socket's name or a device node, without opening it.</summary>
    ValueTask<StorageResult<EntryAttributes>> CreateNodeAsync(
        string path, EntryType type, uint device, NewEntry entry, CancellationToken cancellationToken);

    /// <summary>Gives a file a further name that must be free.</summary>
    ValueTask<StorageResult<EntryAttributes>> LinkAsync(string existingPath, string newPath, CancellationToken cancellationToken);

    /// <summary>Renames a file or a directory within the backup.</summary>
    ValueTask<StorageResult<Done>> RenameAsync(string path, string newPath, RenameMode mode, CancellationToken cancellationToken);

    /// <summary>Removes a name that is not a directory's.</summary>
    ValueTask<StorageResult<Done>> UnlinkAsync(string path, CancellationToken cancellationToken);

    /// <summary>Removes an empty directory; the root cannot be removed.</summary>
    ValueTask<StorageResult<Done>> RemoveDirectoryAsync(string path, CancellationToken cancellationToken);

    /// <summary>Changes attributes of an entry (a symbolic link's own) and returns the new ones.</summary>
    ValueTask<StorageResult<EntryAttributes>> SetAttributesAsync(string path, EntryChanges changes, CancellationToken cancellationToken);

    /// <summary>The value of an extended attribute; <see cref="StorageErrorKind.NoAttribute"/> when there is none.</summary>
    ValueTask<StorageResult<byte[]>> GetExtendedAttributeAsync(string path, string name, CancellationToken cancellationToken);

    /// <summary>The names of all extended attributes that <see cref="GetExtendedAttributeAsync"/> can read.</summary>
    ValueTask<StorageResult<IReadOnlyList<string>>> ListExtendedAttributesAsync(string path, CancellationToken cancellationToken);

    /// <summary>Sets an extended attribute; <see cref="StorageErrorKind.Unsupported"/> for a namespace the storage cannot keep.</summary>
    ValueTask<StorageResult<Done>> SetExtendedAttributeAsync(
        string path, string name, ReadOnlyMemory<byte> value, AttributeSetMode mode, CancellationToken cancellationToken);

    /// <summary>Removes an extended attribute.</summary>
    ValueTask<StorageResult<Done>> RemoveExtendedAttributeAsync(string path, string name, CancellationToken cancellationToken);

    /// <summary>Returns when the names in the directory survive a crash of the machine.</summary>
    ValueTask<StorageResult<Done>> SyncDirectoryAsync(string path, CancellationToken cancellationToken);
}
