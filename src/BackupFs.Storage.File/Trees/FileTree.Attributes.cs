using BackupFs.Storage.File.Interop;

namespace BackupFs.Storage.File.Trees;

internal sealed partial class FileTree
{
    /// <inheritdoc/>
    public ValueTask<StorageResult<EntryAttributes>> SetAttributesAsync(
        string path, EntryChanges changes, CancellationToken cancellationToken)
    {
        if (TryEnter(CheckExisting(path), out var pass) is { } refused)
        {
            return new(refused);
        }

        using (pass)
        {
            if (changes.Size is { } size && Resize(path, size) is { } failed)
            {
                return new(failed);
            }

            var errno = _descriptors.OpenParent(path, out var parent, out var name);
            if (errno != Errno.Success)
            {
                return new(ErrnoMap.ToError(errno, "changing", path));
            }

            using (parent)
            {
                errno = EntryChanger.Apply(parent.Descriptor, name, changes);
                StatxBuffer attributes = default;
                if (errno == Errno.Success)
                {
                    errno = AttributeCalls.Statx(parent.Descriptor, name, out attributes);
                }

                return errno == Errno.Success
                    ? new(FileTypes.ToAttributes(attributes))
                    : new(ErrnoMap.ToError(errno, "changing", path));
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<byte[]>> GetExtendedAttributeAsync(
        string path, string name, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!KeptAttributes.Contains(name))
        {
            return new(StorageError.NoAttribute);
        }

        var errno = OpenEntry(path, out var entry);
        if (errno != Errno.Success)
        {
            return new(ErrnoMap.ToError(errno, "reading an attribute of", path));
        }

        using (entry)
        {
            errno = ExtendedAttributeCalls.Get(entry, name, out var value);

            // A file system without extended attributes has none.
            return errno == Errno.Success ? new(value)
                : new(ErrnoMap.ToError(errno == Errno.ENOTSUP ? Errno.ENODATA : errno, "reading an attribute of", path));
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<IReadOnlyList<string>>> ListExtendedAttributesAsync(
        string path, CancellationToken cancellationToken)
    {
        var errno = OpenEntry(path, out var entry);
        if (errno != Errno.Success)
        {
            return new(ErrnoMap.ToError(errno, "listing the attributes of", path));
        }

        using (entry)
        {
            errno = ExtendedAttributeCalls.List(entry, out var names);
            names.RemoveAll(name => !KeptAttributes.Contains(name));
            return errno is Errno.Success or Errno.ENOTSUP
                ? new(new StorageResult<IReadOnlyList<string>>(names))
                : new(ErrnoMap.ToError(errno, "listing the attributes of", path));
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> SetExtendedAttributeAsync(
        string path, string name, ReadOnlyMemory<byte> value, AttributeSetMode mode, CancellationToken cancellationToken) =>
        new(ChangeAttribute(path, name, entry => ExtendedAttributeCalls.Set(entry, name, value.Span, mode)));

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> RemoveExtendedAttributeAsync(
        string path, string name, CancellationToken cancellationToken) =>
        new(ChangeAttribute(path, name, entry => ExtendedAttributeCalls.Remove(entry, name)));

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> SyncDirectoryAsync(string path, CancellationToken cancellationToken)
    {
        if (CheckExisting(path) is { } invalid)
        {
            return new(invalid);
        }

        if (_staged is null)
        {
            return new(Done.Ok);
        }

        // fsync blocks for milliseconds: not on the caller's thread.
        return new(Task.Run(() => SyncDirectory(path), cancellationToken));
    }

    private StorageResult<Done> SyncDirectory(string path)
    {
        var errno = _descriptors.OpenParent(path, out var parent, out var name);
        if (errno == Errno.Success)
        {
            using (parent)
            {
                errno = OpenCalls.OpenAt(parent.Descriptor, name, OpenFlags.ReadOnly | OpenFlags.Directory, 0, out var directory);
                if (errno == Errno.Success)
                {
                    using (directory)
                    {
                        errno = SyncCalls.Sync(directory);
                    }
                }
            }
        }

        return errno == Errno.Success ? Done.Ok : ErrnoMap.ToError(errno, "syncing", path);
    }

    /// <summary>Truncating by path is a write like any other: it voids checksums, and the journal knows of it.</summary>
    private StorageError? Resize(string path, long size)
    {
        var opened = OpenForWriting(path, FileAccessMode.Write, truncate: false);
        if (!opened.IsOk)
        {
            return opened.Error;
        }

        var file = (FileBackupFile)opened.Value;
        try
        {
            var errno = size < 0 ? Errno.EINVAL : ContentCalls.Truncate(file.Descriptor, size);
            return errno == Errno.Success ? null : ErrnoMap.ToError(errno, "resizing", path);
        }
        finally
        {
            file.Close();
        }
    }

    private StorageResult<Done> ChangeAttribute(string path, string name, Func<Descriptor, Errno> change)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!KeptAttributes.Contains(name))
        {
            return StorageError.Unsupported;
        }

        if (TryEnter(out var pass) is { } refused)
        {
            return refused;
        }

        using (pass)
        {
            var errno = OpenEntry(path, out var entry);
            if (errno == Errno.Success)
            {
                using (entry)
                {
                    errno = change(entry);
                }
            }

            return errno == Errno.Success ? Done.Ok : ErrnoMap.ToError(errno, "changing an attribute of", path);
        }
    }

    /// <summary>An O_PATH descriptor of an entry, of a symbolic link itself.</summary>
    private Errno OpenEntry(string path, out Descriptor entry)
    {
        entry = null!;
        if (CheckExisting(path) is { } invalid)
        {
            return invalid.Kind == StorageErrorKind.NotFound ? Errno.ENOENT
                : invalid.Kind == StorageErrorKind.NameTooLong ? Errno.ENAMETOOLONG
                : Errno.EILSEQ;
        }

        var errno = _descriptors.OpenParent(path, out var parent, out var name);
        if (errno != Errno.Success)
        {
            return errno;
        }

        using (parent)
        {
            return OpenCalls.OpenAt(parent.Descriptor, name, OpenFlags.PathOnly, 0, out entry);
        }
    }
}
