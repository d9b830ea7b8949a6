using System.Collections.Concurrent;
using BackupFs.Storage.Directory.Interop;

namespace BackupFs.Storage.Directory;

/// <summary>
/// Which path a key has below the root, and the directories on the way there. No key leads out of the root: names that could are
/// refused, and symbolic links and junctions are not followed. Thread-safe.
/// </summary>
internal sealed class ObjectPaths(string root, bool windowsNames)
{
    /// <summary>Directories whose case was looked at: looking takes a listing.</summary>
    private readonly ConcurrentDictionary<string, byte> _looked = new(StringComparer.Ordinal);

    /// <summary>The root, absolute.</summary>
    internal string Root { get; } = Path.GetFullPath(root);

    /// <summary>A path of ours, below <c>.backupfs</c>.</summary>
    internal string Own(params ReadOnlySpan<string> names) => Path.Combine([Root, BackupPath.ReservedName, .. names]);

    /// <summary>What keeps a key from being stored; null if nothing does.</summary>
    internal StorageError? Check(string key)
    {
        foreach (var segment in key.Split('/'))
        {
            if (BackupPath.CheckSegment(segment) is { } invalid)
            {
                return invalid with { Message = $"'{BackupPath.Printable(key)}': {invalid.Message}" };
            }

            if (windowsNames && WindowsNames.Check(segment) is { } reason)
            {
                return new StorageError(StorageErrorKind.InvalidName, $"'{BackupPath.Printable(key)}': {reason}");
            }
        }

        return null;
    }

    /// <summary>The path of a key that <see cref="Check"/> lets pass, or of a directory (<c>""</c> is the root).</summary>
    internal string PathOf(string key) => Path.Combine(Root, Path.DirectorySeparatorChar == '/' ? key : key.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>The path where a key is looked for; null where nothing of ours can be.</summary>
    internal string? Find(string key) => Check(key) is null && !HasLink(BackupPath.Parent(key)) ? PathOf(key) : null;

    /// <summary>Whether a directory is reached through a link.</summary>
    internal bool HasLink(string directory)
    {
        for (var path = directory; path.Length > 0; path = BackupPath.Parent(path))
        {
            if (IsLink(PathOf(path)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether something is a symbolic link or a junction. Other reparse points (files in the cloud, deduplicated ones) are what they seem.</summary>
    internal static bool IsLink(string path)
    {
        var info = new FileInfo(path);
        return info.Attributes is not (FileAttributes)(-1) and var attributes
            && (attributes & FileAttributes.ReparsePoint) != 0
            && info.LinkTarget is not null;
    }

    /// <summary>Makes the directories above a key, durably.</summary>
    /// <exception cref="StorageException">NotADirectory where an object is in the way, NotPermitted for a link, InvalidName for another case.</exception>
    /// <exception cref="DirectoryNotFoundException">Others make and remove them at the same time; trying again helps.</exception>
    internal void MakeParents(string key)
    {
        System.IO.Directory.CreateDirectory(Root);
        for (var slash = key.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = key.IndexOf('/', slash + 1))
        {
            MakeDirectory(key[..slash]);
        }
    }

    /// <summary>Refuses a name of which there is one in another case.</summary>
    /// <exception cref="StorageException">InvalidName.</exception>
    internal void RequireSameCase(string key)
    {
        if (!windowsNames)
        {
            return;
        }

        var name = BackupPath.LastSegment(key);
        var present = DirectoryEntry.Read(PathOf(BackupPath.Parent(key))).FirstOrDefault(
            entry => entry.Name != name && entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (present.Name is not null)
        {
            _looked.TryRemove(key, out _);
            throw new StorageException(
                StorageErrorKind.InvalidName,
                $"'{BackupPath.Printable(key)}': there is '{BackupPath.Printable(present.Name)}', and to Windows names that differ only in case are the same");
        }
    }

    /// <summary>Removes the directories above a key that are empty now, and makes durable what was removed.</summary>
    internal void Prune(string key)
    {
        var directory = BackupPath.Parent(key);
        for (; directory.Length > 0; directory = BackupPath.Parent(directory))
        {
            try
            {
                _looked.TryRemove(directory, out _);
                System.IO.Directory.Delete(PathOf(directory));
            }
            catch (DirectoryNotFoundException)
            {
                // Somebody else was faster.
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                break;
            }
        }

        SyncDirectory(PathOf(directory));
    }

    /// <summary>Makes the names in a directory durable. On Windows nothing is to be done: NTFS keeps a log of names.</summary>
    internal static void SyncDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        try
        {
            Posix.SyncDirectory(path);
        }
        catch (IOException exception) when (DirectoryErrors.IsNotFound(exception))
        {
            // Somebody pruned it: there is nothing in it any more.
        }
    }

    private void MakeDirectory(string directory)
    {
        var path = PathOf(directory);
        if (System.IO.Directory.Exists(path))
        {
            if (IsLink(path))
            {
                throw new StorageException(
                    StorageErrorKind.NotPermitted, $"'{BackupPath.Printable(directory)}' is a link, which is not followed: remove it, or choose its target as the storage");
            }

            if (_looked.TryAdd(directory, 0))
            {
                RequireSameCase(directory);
            }

            return;
        }

        if (File.Exists(path))
        {
            throw new StorageException(StorageErrorKind.NotADirectory, $"'{BackupPath.Printable(directory)}' is an object, and nothing can be below it");
        }

        RequireSameCase(directory);
        if (OperatingSystem.IsWindows())
        {
            System.IO.Directory.CreateDirectory(path);
        }
        else if (Posix.TryMakeDirectory(path) is not 0 and var errno)
        {
            // Somebody made it, or removed the one above, a moment ago: whoever wanted it looks again.
            throw errno is Posix.AlreadyExists or Posix.NotFound
                ? new DirectoryNotFoundException($"'{path}' has just changed")
                : Posix.Error($"making the directory '{path}'", errno);
        }

        SyncDirectory(Path.GetDirectoryName(path)!);
    }
}
