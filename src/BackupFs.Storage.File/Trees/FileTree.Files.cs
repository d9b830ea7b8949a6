using BackupFs.Storage.File.Interop;

namespace BackupFs.Storage.File.Trees;

internal sealed partial class FileTree
{
    private const int PermissionMask = 0xFFF;

    /// <inheritdoc/>
    public ValueTask<StorageResult<IBackupFile>> OpenFileAsync(
        string path, FileAccessMode access, bool truncate, CancellationToken cancellationToken)
    {
        if (CheckExisting(path) is { } invalid)
        {
            return new(invalid);
        }

        if (access == FileAccessMode.Read && !truncate)
        {
            var opened = Open(path, OpenFlags.ReadOnly, out _);
            return opened.IsOk ? VerifyAsync(path, new FileBackupFile(opened.Value, access, path, _staged, null), cancellationToken) : new(opened.Error);
        }

        if (TryEnter(out var pass) is { } refused)
        {
            return new(refused);
        }

        using (pass)
        {
            return new(OpenForWriting(path, access, truncate));
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<IBackupFile>> CreateFileAsync(
        string path, FileAccessMode access, NewEntry entry, CancellationToken cancellationToken)
    {
        if (CheckNew(path) is { } invalid)
        {
            return new(invalid);
        }

        if (TryEnter(out var pass) is { } refused)
        {
            return new(refused);
        }

        using (pass)
        {
            var errno = _descriptors.OpenParent(path, out var parent, out var name);
            if (errno != Errno.Success)
            {
                return new(ErrnoMap.ToError(errno, "creating", path));
            }

            using (parent)
            {
                // Also open for reading, to sum what is written.
                var flags = OpenFlags.Create | OpenFlags.Exclusive | (access == FileAccessMode.Read ? OpenFlags.ReadOnly : OpenFlags.ReadWrite);
                errno = OpenCalls.OpenAt(parent.Descriptor, name, flags, entry.Mode & PermissionMask, out var file);
                if (errno != Errno.Success)
                {
                    return new(ErrnoMap.ToError(errno, "creating", path));
                }

                var result = Adopt(parent.Descriptor, file, path, access, entry);
                if (!result.IsOk)
                {
                    _ = NameCalls.Unlink(parent.Descriptor, name);
                }

                return new(result);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<IBackupFile>> CreateUnnamedFileAsync(
        string directory, FileAccessMode access, NewEntry entry, CancellationToken cancellationToken)
    {
        if (CheckExisting(directory) is { } invalid)
        {
            return new(invalid);
        }

        if (TryEnter(out var pass) is { } refused)
        {
            return new(refused);
        }

        using (pass)
        {
            var errno = _descriptors.OpenDirectory(directory, out var parent);
            if (errno != Errno.Success)
            {
                return new(ErrnoMap.ToError(errno, "creating a file in", directory));
            }

            using (parent)
            {
                errno = OpenCalls.OpenAt(
                    parent.Descriptor, "", OpenFlags.Unnamed | OpenFlags.ReadWrite, entry.Mode & PermissionMask, out var file);
                return errno == Errno.Success
                    ? new(Adopt(parent.Descriptor, file, directory, access, entry))
                    : new(ErrnoMap.ToError(errno, "creating a file in", directory));
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> LinkUnnamedFileAsync(IBackupFile file, string path, CancellationToken cancellationToken)
    {
        if (CheckNew(path) is { } invalid)
        {
            return new(invalid);
        }

        if (file is not FileBackupFile own)
        {
            return new(new StorageError(StorageErrorKind.InvalidArgument, "the file is not one of this storage"));
        }

        if (TryEnter(out var pass) is { } refused)
        {
            return new(refused);
        }

        using (pass)
        {
            var errno = _descriptors.OpenParent(path, out var parent, out var name);
            if (errno == Errno.Success)
            {
                using (parent)
                {
                    errno = NameCalls.LinkDescriptor(own.Descriptor, parent.Descriptor, name);
                }
            }

            return errno == Errno.Success ? new(Done.Ok) : new(ErrnoMap.ToError(errno, "linking", path));
        }
    }

    /// <summary>Opens a regular file, without blocking on a FIFO or following a symbolic link.</summary>
    private StorageResult<Descriptor> Open(string path, int flags, out StatxBuffer attributes)
    {
        attributes = default;
        var errno = _descriptors.OpenParent(path, out var parent, out var name);
        if (errno != Errno.Success)
        {
            return ErrnoMap.ToError(errno, "opening", path);
        }

        using (parent)
        {
            errno = OpenCalls.OpenAt(parent.Descriptor, name, flags | OpenFlags.NonBlocking, 0, out var file);
            if (errno == Errno.EACCES && flags == OpenFlags.ReadWrite)
            {
                // Reading is only wanted for the checksums; without the right to, they are made at the end of the backup.
                errno = OpenCalls.OpenAt(parent.Descriptor, name, OpenFlags.WriteOnly | OpenFlags.NonBlocking, 0, out file);
            }

            if (errno is Errno.ELOOP or Errno.ENXIO)
            {
                return NotAFile(path);
            }

            if (errno != Errno.Success)
            {
                return ErrnoMap.ToError(errno, "opening", path);
            }

            errno = AttributeCalls.Statx(file, out attributes);
            var type = FileTypes.FromMode(attributes.Mode);
            if (errno == Errno.Success && type == EntryType.File)
            {
                return file;
            }

            file.Dispose();
            return errno != Errno.Success ? ErrnoMap.ToError(errno, "opening", path)
                : type == EntryType.Directory ? ErrnoMap.ToError(Errno.EISDIR, "opening", path)
                : NotAFile(path);
        }
    }

    private static StorageError NotAFile(string path) =>
        new(StorageErrorKind.InvalidArgument, $"opening '{BackupPath.Printable(path)}': it is not a regular file");

    private StorageResult<IBackupFile> OpenForWriting(string path, FileAccessMode access, bool truncate)
    {
        var opened = Open(path, OpenFlags.ReadWrite, out var attributes);
        if (!opened.IsOk)
        {
            return opened.Error;
        }

        var descriptor = opened.Value;
        var errno = _staged!.Files.OpenWriter(attributes.Inode, descriptor, anew: truncate, out var state);
        if (errno == Errno.Success && truncate)
        {
            errno = ContentCalls.Truncate(descriptor, 0);
            if (errno != Errno.Success)
            {
                _staged.Files.CloseWriter(state, descriptor);
            }
        }

        if (errno != Errno.Success)
        {
            descriptor.Dispose();
            return ErrnoMap.ToError(errno, "opening", path);
        }

        return new FileBackupFile(descriptor, access, path, _staged, state);
    }

    private StorageResult<IBackupFile> Adopt(Descriptor parent, Descriptor file, string path, FileAccessMode access, NewEntry entry)
    {
        var errno = NewEntryAttributes.Apply(parent, file, entry, out var attributes);
        Staging.FileState? state = null;
        if (errno == Errno.Success)
        {
            errno = access == FileAccessMode.Read
                ? _staged!.Files.Created(attributes.Inode)
                : _staged!.Files.OpenWriter(attributes.Inode, file, anew: true, out state);
        }

        if (errno != Errno.Success)
        {
            file.Dispose();
            return ErrnoMap.ToError(errno, "creating", path);
        }

        return new FileBackupFile(file, access, path, _staged, state);
    }

    private ValueTask<StorageResult<IBackupFile>> VerifyAsync(string path, FileBackupFile file, CancellationToken cancellationToken) =>
        _staged is null || _staged.Gate.Reason == StorageError.ReadOnly
            ? OpenVerifiedAsync(path, file, cancellationToken)
            : new(file);

    private async ValueTask<StorageResult<IBackupFile>> OpenVerifiedAsync(
        string path, FileBackupFile file, CancellationToken cancellationToken)
    {
        var found = await _manifest.FindChecksumsAsync(path, cancellationToken).ConfigureAwait(false);
        if (found.IsOk)
        {
            return found.Value is { } sums
                ? await VerifiedFile.OpenAsync(file, sums, path, cache: null, cancellationToken).ConfigureAwait(false)
                : file;
        }

        await file.DisposeAsync().ConfigureAwait(false);
        return found.Error;
    }
}
