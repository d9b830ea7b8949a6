using BackupFs.Storage.File.Interop;

namespace BackupFs.Storage.File.Trees;

/// <summary>One entry that <see cref="TreeWalk"/> found.</summary>
/// <param name="Path">Relative to the root, which is <c>""</c>.</param>
/// <param name="Attributes">Its own, if it is a symbolic link.</param>
internal readonly record struct WalkedEntry(string Path, EntryAttributes Attributes);

/// <summary>Walks a backup's tree by descriptors. The manifest is not part of it.</summary>
/// <remarks>
/// A directory whose mode denies its owner access is opened up for the walk when this is not the superuser;
/// <see cref="Restore"/> gives all of them their modes back, and the entries have the true modes.
/// </remarks>
internal sealed class TreeWalk(Descriptor root)
{
    private const int OwnerMayAll = 0x1C0;
    private const int PermissionMask = 0xFFF;

    private readonly List<(string Path, int Mode)> _opened = [];

    /// <summary>All entries, of a tree whose directories have the modes again that they had.</summary>
    public static List<WalkedEntry> Inspect(Descriptor root, CancellationToken cancellationToken)
    {
        var walk = new TreeWalk(root);
        try
        {
            return walk.Run(cancellationToken);
        }
        finally
        {
            // What cannot be restored stays open to its owner: no harm to what is looked for here.
            _ = walk.Restore();
        }
    }

    /// <summary>All entries, the root first, every directory before what it holds.</summary>
    /// <exception cref="StorageException">The tree cannot be read.</exception>
    public List<WalkedEntry> Run(CancellationToken cancellationToken)
    {
        Require(AttributeCalls.Statx(root, out var attributes), "");
        var found = new List<WalkedEntry> { new("", FileTypes.ToAttributes(attributes)) };
        for (var index = 0; index < found.Count; index++)
        {
            if (found[index].Attributes.Type == EntryType.Directory)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Read(found[index], found);
            }
        }

        return found;
    }

    /// <summary>Gives directories back the modes they had, the deepest first, and syncs them; returns the first failure.</summary>
    public Errno Restore()
    {
        var result = Errno.Success;
        for (var index = _opened.Count - 1; index >= 0; index--)
        {
            var (path, mode) = _opened[index];
            var errno = OpenCalls.OpenBeneath(root, path, OpenFlags.ReadOnly | OpenFlags.Directory, out var directory);
            if (errno == Errno.Success)
            {
                using (directory)
                {
                    errno = AttributeCalls.ChangeMode(directory, mode);
                    errno = errno == Errno.Success ? SyncCalls.Sync(directory) : errno;
                }
            }

            result = result == Errno.Success ? errno : result;
        }

        _opened.Clear();
        return result;
    }

    private void Read(WalkedEntry walked, List<WalkedEntry> found)
    {
        var errno = OpenCalls.OpenBeneath(root, walked.Path, OpenFlags.ReadOnly | OpenFlags.Directory, out var directory);
        if (!FileSystemCalls.IsSuperuser && (walked.Attributes.Mode & OwnerMayAll) != OwnerMayAll)
        {
            if (errno == Errno.Success)
            {
                directory.Dispose();
            }

            errno = OpenUp(walked, out directory);
        }

        Require(errno, walked.Path);
        using (directory)
        {
            Require(DirectoryCalls.Read(directory, out var entries), walked.Path);
            foreach (var entry in entries)
            {
                if (walked.Path.Length == 0 && entry.Name == BackupManifest.FileName)
                {
                    continue;
                }

                var path = BackupPath.Join(walked.Path, entry.Name);
                Require(AttributeCalls.Statx(directory, entry.Name, out var attributes), path);
                found.Add(new WalkedEntry(path, FileTypes.ToAttributes(attributes)));
            }
        }
    }

    private Errno OpenUp(WalkedEntry walked, out Descriptor directory)
    {
        directory = null!;
        var errno = OpenCalls.OpenBeneath(root, walked.Path, OpenFlags.PathOnly | OpenFlags.Directory, out var handle);
        if (errno != Errno.Success)
        {
            return errno;
        }

        using (handle)
        {
            errno = AttributeCalls.ChangeModeOfPath(handle, (walked.Attributes.Mode & PermissionMask) | OwnerMayAll);
        }

        if (errno != Errno.Success)
        {
            return errno;
        }

        _opened.Add((walked.Path, walked.Attributes.Mode));
        return OpenCalls.OpenBeneath(root, walked.Path, OpenFlags.ReadOnly | OpenFlags.Directory, out directory);
    }

    private static void Require(Errno errno, string path)
    {
        if (errno != Errno.Success)
        {
            throw ErrnoMap.ToError(errno, "reading the tree at", path.Length == 0 ? "." : path).ToException();
        }
    }
}
