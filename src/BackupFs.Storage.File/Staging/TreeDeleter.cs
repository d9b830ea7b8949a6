using BackupFs.Storage.File.Interop;

namespace BackupFs.Storage.File.Staging;

/// <summary>Deletes a directory and all below it, by descriptors, following no symbolic link. Two deleters of one tree do no harm.</summary>
internal static class TreeDeleter
{
    private const int OwnerMayAll = 0x1C0;
    private const int PermissionMask = 0xFFF;

    /// <summary>Deletes <paramref name="name"/>, of whatever type, in <paramref name="parent"/>. What does not exist is deleted.</summary>
    public static Errno Delete(Descriptor parent, string name, Action? partlyDeleted, CancellationToken cancellationToken)
    {
        var errno = NameCalls.Unlink(parent, name);
        if (errno is Errno.Success or Errno.ENOENT)
        {
            return Errno.Success;
        }

        // Linux says EISDIR for a directory, POSIX EPERM.
        if (errno is not (Errno.EISDIR or Errno.EPERM))
        {
            return errno;
        }

        errno = OpenForDeleting(parent, name, out var top);
        if (errno != Errno.Success)
        {
            return errno == Errno.ENOENT ? Errno.Success : errno;
        }

        using (top)
        {
            errno = DeleteContent(top, partlyDeleted, cancellationToken);
        }

        return errno == Errno.Success ? IgnoreMissing(NameCalls.RemoveDirectory(parent, name)) : errno;
    }

    /// <summary>Files first, directory by directory; then the directories, the deepest first.</summary>
    private static Errno DeleteContent(Descriptor top, Action? partlyDeleted, CancellationToken cancellationToken)
    {
        var directories = new List<string> { "" };
        for (var index = 0; index < directories.Count; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var path = directories[index];
            var errno = OpenForDeleting(top, path, out var directory);
            if (errno == Errno.ENOENT)
            {
                continue;
            }

            if (errno != Errno.Success)
            {
                return errno;
            }

            using (directory)
            {
                errno = DirectoryCalls.Read(directory, out var entries);
                foreach (var entry in entries)
                {
                    if (errno != Errno.Success)
                    {
                        break;
                    }

                    if (entry.Type == EntryType.Directory)
                    {
                        directories.Add(BackupPath.Join(path, entry.Name));
                    }
                    else
                    {
                        errno = IgnoreMissing(NameCalls.Unlink(directory, entry.Name));
                    }
                }
            }

            if (errno != Errno.Success)
            {
                return errno;
            }

            partlyDeleted?.Invoke();
        }

        for (var index = directories.Count - 1; index > 0; index--)
        {
            var errno = OpenCalls.OpenBeneath(
                top, BackupPath.Parent(directories[index]), OpenFlags.PathOnly | OpenFlags.Directory, out var parent);
            if (errno == Errno.Success)
            {
                using (parent)
                {
                    errno = NameCalls.RemoveDirectory(parent, BackupPath.LastSegment(directories[index]));
                }
            }

            if (IgnoreMissing(errno) is var failed and not Errno.Success)
            {
                return failed;
            }
        }

        return Errno.Success;
    }

    /// <summary>An ordinary user has to give himself the rights first that a directory's mode denies its owner.</summary>
    private static Errno OpenForDeleting(Descriptor root, string path, out Descriptor directory)
    {
        if (!FileSystemCalls.IsSuperuser
            && OpenCalls.OpenBeneath(root, path, OpenFlags.PathOnly | OpenFlags.Directory, out var handle) == Errno.Success)
        {
            using (handle)
            {
                if (AttributeCalls.Statx(handle, out var attributes) == Errno.Success && (attributes.Mode & OwnerMayAll) != OwnerMayAll)
                {
                    // If this fails, so does what follows, with the error that matters.
                    _ = AttributeCalls.ChangeModeOfPath(handle, (attributes.Mode & PermissionMask) | OwnerMayAll);
                }
            }
        }

        return OpenCalls.OpenBeneath(root, path, OpenFlags.ReadOnly | OpenFlags.Directory, out directory);
    }

    private static Errno IgnoreMissing(Errno errno) => errno == Errno.ENOENT ? Errno.Success : errno;
}
