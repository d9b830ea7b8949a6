using BackupFs.Storage.File.Interop;
using BackupFs.Storage.File.Staging;

namespace BackupFs.Storage.File.Trees;

/// <summary>The files of a backup: of an open one for writing, of any other for reading.</summary>
internal sealed partial class FileTree : IBackupTree
{
    private static readonly StorageError ManifestIsReserved = new(
        StorageErrorKind.NotPermitted, $"'{BackupManifest.FileName}' is reserved for the manifest");

    private static readonly StorageError RootExists = new(StorageErrorKind.AlreadyExists, "the root of a backup is there already");
    private static readonly StorageError RootStays = new(StorageErrorKind.Busy, "the root of a backup cannot be renamed or removed");
    private static readonly StorageError RootIsADirectory = new(StorageErrorKind.IsADirectory, "the root of a backup is a directory");

    private readonly TreeDescriptors _descriptors;
    private readonly StagedBackup? _staged;
    private readonly ITreeManifest _manifest;

    /// <summary>A tree; without <paramref name="staged"/> for reading only.</summary>
    public FileTree(TreeDescriptors descriptors, StagedBackup? staged, ITreeManifest manifest)
    {
        (_descriptors, _staged, _manifest) = (descriptors, staged, manifest);
    }

    /// <summary>The directories of this tree.</summary>
    public TreeDescriptors Descriptors => _descriptors;

    /// <inheritdoc/>
    public ValueTask<StorageResult<EntryAttributes>> GetAttributesAsync(string path, CancellationToken cancellationToken)
    {
        if (CheckExisting(path) is { } invalid)
        {
            return new(invalid);
        }

        var errno = _descriptors.OpenParent(path, out var parent, out var name);
        if (errno != Errno.Success)
        {
            return new(ErrnoMap.ToError(errno, "looking up", path));
        }

        using (parent)
        {
            errno = AttributeCalls.Statx(parent.Descriptor, name, out var attributes);
            return errno == Errno.Success ? new(FileTypes.ToAttributes(attributes)) : new(ErrnoMap.ToError(errno, "looking up", path));
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<IReadOnlyList<DirectoryEntry>>> ListAsync(string path, CancellationToken cancellationToken)
    {
        if (CheckExisting(path) is { } invalid)
        {
            return new(invalid);
        }

        var errno = _descriptors.OpenParent(path, out var parent, out var name);
        if (errno != Errno.Success)
        {
            return new(ErrnoMap.ToError(errno, "listing", path));
        }

        using (parent)
        {
            errno = OpenCalls.OpenAt(parent.Descriptor, name, OpenFlags.ReadOnly | OpenFlags.Directory, 0, out var directory);
            if (errno != Errno.Success)
            {
                return new(ErrnoMap.ToError(errno, "listing", path));
            }

            using (directory)
            {
                errno = DirectoryCalls.Read(directory, out var entries);
                if (errno != Errno.Success)
                {
                    return new(ErrnoMap.ToError(errno, "listing", path));
                }

                if (path.Length == 0)
                {
                    entries.RemoveAll(entry => entry.Name == BackupManifest.FileName);
                }

                return new(new StorageResult<IReadOnlyList<DirectoryEntry>>(entries));
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<byte[]>> ReadLinkAsync(string path, CancellationToken cancellationToken)
    {
        if (CheckExisting(path) is { } invalid)
        {
            return new(invalid);
        }

        var errno = _descriptors.OpenParent(path, out var parent, out var name);
        if (errno != Errno.Success)
        {
            return new(ErrnoMap.ToError(errno, "reading a link", path));
        }

        using (parent)
        {
            errno = NameCalls.ReadLink(parent.Descriptor, name, out var target);
            return errno == Errno.Success ? new(target) : new(ErrnoMap.ToError(errno, "reading a link", path));
        }
    }

    /// <summary>Null if an entry of this path may exist.</summary>
    private static StorageError? CheckExisting(string path) =>
        BackupPath.Check(path, allowRoot: true) ?? (IsManifest(path) ? StorageError.NotFound : null);

    /// <summary>Null if an entry of this path may be made.</summary>
    private static StorageError? CheckNew(string path) => path.Length == 0
        ? RootExists
        : BackupPath.Check(path) ?? (IsManifest(path) ? ManifestIsReserved : null);

    /// <summary>Null if an entry of this path, not the root, may be changed or removed.</summary>
    private static StorageError? CheckChanged(string path, StorageError? root = null) => path.Length == 0
        ? root ?? RootStays
        : BackupPath.Check(path) ?? (IsManifest(path) ? StorageError.NotFound : null);

    private static bool IsManifest(string path) => path.StartsWith(BackupManifest.FileName, StringComparison.Ordinal)
        && (path.Length == BackupManifest.FileName.Length || path[BackupManifest.FileName.Length] == '/');

    /// <summary>As below, unless the path is <paramref name="invalid"/>.</summary>
    private StorageError? TryEnter(StorageError? invalid, out ChangeGate.Pass pass)
    {
        pass = default;
        return _staged is null ? StorageError.ReadOnly : invalid ?? TryEnter(out pass);
    }

    /// <summary>Null and a pass, or why nothing can be changed.</summary>
    private StorageError? TryEnter(out ChangeGate.Pass pass)
    {
        if (_staged is null)
        {
            pass = default;
            return StorageError.ReadOnly;
        }

        return _staged.Gate.TryEnter(out pass);
    }
}
