using BackupFs.Storage.File.Interop;

namespace BackupFs.Storage.File.Trees;

internal sealed partial class FileTree
{
    /// <inheritdoc/>
    public ValueTask<StorageResult<EntryAttributes>> CreateDirectoryAsync(
        string path, NewEntry entry, CancellationToken cancellationToken) =>
        new(Make(path, EntryType.Directory, default, 0, entry));

    /// <inheritdoc/>
    public ValueTask<StorageResult<EntryAttributes>> CreateSymbolicLinkAsync(
        string path, ReadOnlyMemory<byte> target, NewEntry entry, CancellationToken cancellationToken) =>
        target.Length is 0 or > BackupPath.MaximumPathBytes || target.Span.Contains((byte)0)
            ? new(new StorageError(
                target.Length > BackupPath.MaximumPathBytes ? StorageErrorKind.NameTooLong : StorageErrorKind.InvalidArgument,
                $"a symbolic link's target has 1..{BackupPath.MaximumPathBytes} bytes, none of them zero"))
            : new(Make(path, EntryType.SymbolicLink, target.Span, 0, entry));

    /// <inheritdoc/>
    public ValueTask<StorageResult<EntryAttributes>> CreateNodeAsync(
        string path, EntryType type, uint device, NewEntry entry, CancellationToken cancellationToken) =>
        type is EntryType.Directory or EntryType.SymbolicLink
            ? new(new StorageError(StorageErrorKind.InvalidArgument, "directories and symbolic links are not made as nodes"))
            : new(Make(path, type, default, device, entry));

    /// <inheritdoc/>
    public ValueTask<StorageResult<EntryAttributes>> LinkAsync(
        string existingPath, string newPath, CancellationToken cancellationToken)
    {
        if (TryEnter(CheckChanged(existingPath, RootIsADirectory) ?? CheckNew(newPath), out var pass) is { } refused)
        {
            return new(refused);
        }

        using (pass)
        {
            var errno = _descriptors.OpenParent(existingPath, out var oldParent, out var oldName);
            if (errno != Errno.Success)
            {
                return new(ErrnoMap.ToError(errno, "linking", existingPath));
            }

            using (oldParent)
            {
                errno = _descriptors.OpenParent(newPath, out var newParent, out var newName);
                if (errno != Errno.Success)
                {
                    return new(ErrnoMap.ToError(errno, "linking to", newPath));
                }

                using (newParent)
                {
                    errno = NameCalls.Link(oldParent.Descriptor, oldName, newParent.Descriptor, newName);
                    StatxBuffer attributes = default;
                    if (errno == Errno.Success)
                    {
                        errno = AttributeCalls.Statx(newParent.Descriptor, newName, out attributes);
                    }

                    return errno == Errno.Success
                        ? new(FileTypes.ToAttributes(attributes))
                        : new(ErrnoMap.ToError(errno, "linking to", newPath));
                }
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> RenameAsync(
        string path, string newPath, RenameMode mode, CancellationToken cancellationToken)
    {
        if (TryEnter(CheckChanged(path) ?? (newPath.Length == 0 ? RootStays : CheckNew(newPath)), out var pass) is { } refused)
        {
            return new(refused);
        }

        using (pass)
        {
            var errno = _descriptors.OpenParent(path, out var oldParent, out var oldName);
            if (errno != Errno.Success)
            {
                return new(ErrnoMap.ToError(errno, "renaming", path));
            }

            using (oldParent)
            {
                errno = _descriptors.OpenParent(newPath, out var newParent, out var newName);
                if (errno != Errno.Success)
                {
                    return new(ErrnoMap.ToError(errno, "renaming to", newPath));
                }

                using (newParent)
                {
                    errno = Rename(oldParent.Descriptor, oldName, newParent.Descriptor, newName, mode);
                }
            }

            _descriptors.Forget(path);
            _descriptors.Forget(newPath);
            return errno == Errno.Success ? new(Done.Ok) : new(ErrnoMap.ToError(errno, "renaming to", newPath));
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> UnlinkAsync(string path, CancellationToken cancellationToken) =>
        new(Remove(path, isDirectory: false));

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> RemoveDirectoryAsync(string path, CancellationToken cancellationToken) =>
        new(Remove(path, isDirectory: true));

    private static Errno Rename(
        Descriptor oldParent, ReadOnlySpan<char> oldName, Descriptor newParent, ReadOnlySpan<char> newName, RenameMode mode)
    {
        var errno = NameCalls.Rename(oldParent, oldName, newParent, newName, mode switch
        {
            RenameMode.Replace => RenameFlags.None,
            RenameMode.NoReplace => RenameFlags.NoReplace,
            RenameMode.Exchange => RenameFlags.Exchange,
        });
        if (errno != Errno.EINVAL || mode != RenameMode.NoReplace)
        {
            return errno;
        }

        // File systems without RENAME_NOREPLACE give EINVAL; the names of an open backup are changed by this process only.
        return AttributeCalls.Statx(newParent, newName, out _) switch
        {
            Errno.ENOENT => NameCalls.Rename(oldParent, oldName, newParent, newName, RenameFlags.None),
            Errno.Success => Errno.EEXIST,
            var failure => failure,
        };
    }

    private StorageResult<EntryAttributes> Make(
        string path, EntryType type, ReadOnlySpan<byte> target, uint device, NewEntry entry)
    {
        if (TryEnter(CheckNew(path), out var pass) is { } refused)
        {
            return refused;
        }

        using (pass)
        {
            var errno = _descriptors.OpenParent(path, out var parent, out var name);
            if (errno != Errno.Success)
            {
                return ErrnoMap.ToError(errno, "creating", path);
            }

            using (parent)
            {
                var mode = entry.Mode & PermissionMask;
                errno = type switch
                {
                    EntryType.Directory => NameCalls.MakeDirectory(parent.Descriptor, name, mode),
                    EntryType.SymbolicLink => NameCalls.SymbolicLink(target, parent.Descriptor, name),
                    EntryType.File or EntryType.Fifo or EntryType.Socket or EntryType.BlockDevice or EntryType.CharacterDevice =>
                        NameCalls.MakeNode(parent.Descriptor, name, mode | FileTypes.ToMode(type), device),
                };
                if (errno != Errno.Success)
                {
                    return ErrnoMap.ToError(errno, "creating", path);
                }

                errno = NewEntryAttributes.Apply(parent.Descriptor, name, type, entry with { Mode = mode }, out var attributes);
                if (errno == Errno.Success && type == EntryType.File)
                {
                    errno = _staged!.Files.Created(attributes.Inode);
                }

                if (errno == Errno.Success)
                {
                    return FileTypes.ToAttributes(attributes);
                }

                _ = type == EntryType.Directory
                    ? NameCalls.RemoveDirectory(parent.Descriptor, name)
                    : NameCalls.Unlink(parent.Descriptor, name);
                return ErrnoMap.ToError(errno, "creating", path);
            }
        }
    }

    private StorageResult<Done> Remove(string path, bool isDirectory)
    {
        if (TryEnter(CheckChanged(path, isDirectory ? null : RootIsADirectory), out var pass) is { } refused)
        {
            return refused;
        }

        using (pass)
        {
            var errno = _descriptors.OpenParent(path, out var parent, out var name);
            if (errno != Errno.Success)
            {
                return ErrnoMap.ToError(errno, "removing", path);
            }

            using (parent)
            {
                errno = isDirectory
                    ? NameCalls.RemoveDirectory(parent.Descriptor, name)
                    : NameCalls.Unlink(parent.Descriptor, name);
            }

            if (isDirectory)
            {
                _descriptors.Forget(path);
            }

            return errno == Errno.Success ? Done.Ok : ErrnoMap.ToError(errno, "removing", path);
        }
    }
}
