using BackupFs.Storage.File.Interop;
using BackupFs.Storage.File.Trees;

namespace BackupFs.Storage.File;

/// <summary>The storage's root directory: made when missing, opened when needed. Thread-safe.</summary>
internal sealed class StoreRoot
{
    private const int DirectoryMode = 0x1ED;

    private readonly Lock _lock = new();
    private Descriptor? _descriptor;

    /// <summary>For an absolute path.</summary>
    public StoreRoot(string path) => Path = path;

    /// <summary>The path, as configured.</summary>
    public string Path { get; }

    /// <summary>Mode of the directories made above the backups: 0755.</summary>
    public static int ModeOfDirectories => DirectoryMode;

    /// <summary>The root, open for reading.</summary>
    /// <exception cref="StorageException">It cannot be used, with what to do.</exception>
    public DirectoryLease Lease()
    {
        lock (_lock)
        {
            return DirectoryLease.Share(_descriptor ??= Open());
        }
    }

    /// <summary>Closes the descriptor; it is opened again when needed.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _descriptor?.Dispose();
            _descriptor = null;
        }
    }

    /// <summary>A directory beneath the root, open for reading.</summary>
    public Errno OpenDirectory(string path, out Descriptor directory)
    {
        using var root = Lease();
        return OpenCalls.OpenBeneath(root.Descriptor, path, OpenFlags.ReadOnly | OpenFlags.Directory, out directory);
    }

    /// <summary>As <see cref="OpenDirectory"/>, making what is missing, durably.</summary>
    public Errno MakeDirectories(string path, int mode, out Descriptor directory)
    {
        var errno = OpenDirectory("", out directory);
        if (path.Length == 0)
        {
            return errno;
        }

        foreach (var name in path.Split('/'))
        {
            if (errno != Errno.Success)
            {
                return errno;
            }

            errno = MakeDirectory(directory, name, mode, out var child);
            directory.Dispose();
            directory = child;
        }

        return errno;
    }

    private static Errno MakeDirectory(Descriptor parent, string name, int mode, out Descriptor directory)
    {
        var errno = OpenCalls.OpenAt(parent, name, OpenFlags.ReadOnly | OpenFlags.Directory, 0, out directory);
        if (errno != Errno.ENOENT)
        {
            return errno;
        }

        errno = NameCalls.MakeDirectory(parent, name, mode);
        if (errno is not (Errno.Success or Errno.EEXIST))
        {
            return errno;
        }

        errno = SyncCalls.Sync(parent);
        return errno == Errno.Success
            ? OpenCalls.OpenAt(parent, name, OpenFlags.ReadOnly | OpenFlags.Directory, 0, out directory)
            : errno;
    }

    private Descriptor Open()
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new StorageException(StorageErrorKind.Unsupported, "the file storage needs Linux's system calls");
        }

        if (!System.IO.Path.IsPathFullyQualified(Path))
        {
            throw new StorageException(
                StorageErrorKind.InvalidArgument, $"the root directory '{Path}' is not an absolute path; give one that starts with '/'");
        }

        try
        {
            System.IO.Directory.CreateDirectory(Path, (UnixFileMode)DirectoryMode);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StorageException(
                exception is UnauthorizedAccessException ? StorageErrorKind.AccessDenied : StorageErrorKind.Io,
                $"the root directory '{Path}' cannot be made ({exception.Message}); make it yourself, owned by the user that runs "
                + "backupfs, or choose another with the storage's root option",
                exception);
        }

        var errno = OpenCalls.OpenAbsolute(Path, OpenFlags.ReadOnly | OpenFlags.Directory, out var descriptor);
        return errno == Errno.Success
            ? descriptor
            : throw new StorageException(
                ErrnoMap.ToKind(errno),
                $"the root directory '{Path}' cannot be opened ({errno}); it has to be a directory that the user who runs backupfs "
                + "can read, write and search: check with 'ls -ld' and 'id'");
    }
}
