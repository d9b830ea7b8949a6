using BackupFs.Mount;
using BackupFs.Storage;

namespace BackupFs.Cli.Mounting;

/// <summary>Looks at a mount point before anything is started, so that what is wrong with it is said plainly.</summary>
internal static class MountPointCheck
{
    /// <summary>Checks it, and makes a missing one if the user is root.</summary>
    /// <returns>The mount point without symbolic links, as the mount table will show it.</returns>
    /// <exception cref="CommandException">It cannot be used; with what to do.</exception>
    public static string Prepare(MountRequest request, CommandContext context, bool isFake)
    {
        var mountPoint = request.MountPoint;
        if (mountPoint.StartsWith("/dev/fd/", StringComparison.Ordinal))
        {
            return mountPoint;
        }

        var shown = BackupPath.Printable(mountPoint);
        ClearDeadMount(mountPoint, context, isFake);
        FileAttributes attributes;
        try
        {
            attributes = File.GetAttributes(mountPoint);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return Create(request, context, isFake);
        }

        if ((attributes & FileAttributes.Directory) == 0)
        {
            throw new CommandException($"the mount point '{shown}' is not a directory");
        }

        mountPoint = RealPath(mountPoint);
        CheckStorage(request, mountPoint);
        if (context.Composition.MountControl.Find(mountPoint) is { } mounted)
        {
            throw mounted.RelativePath.Length > 0
                ? InsideMount(shown, mounted)
                : new CommandException($"'{shown}' is mounted already, from {BackupPath.Printable(mounted.Source)}. Run 'backupfs unmount {shown}' first");
        }

        return mountPoint;
    }

    /// <summary>A path with every symbolic link in it resolved, as far as it exists.</summary>
    internal static string RealPath(string path)
    {
        var resolved = "/";
        var rest = new Stack<string>(Path.GetFullPath(path).Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        for (var links = 0; rest.TryPop(out var segment);)
        {
            if (segment == ".")
            {
                continue;
            }

            if (segment == "..")
            {
                resolved = Path.GetDirectoryName(resolved) ?? "/";
                continue;
            }

            var next = Path.Combine(resolved, segment);
            var target = new FileInfo(next).LinkTarget;
            if (target is null || ++links > 40)
            {
                resolved = next;
                continue;
            }

            resolved = Path.IsPathRooted(target) ? "/" : resolved;
            foreach (var part in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
            {
                rest.Push(part);
            }
        }

        return resolved;
    }

    /// <summary>
    /// What a mount whose process died leaves behind is taken away, so that a mount after a crash is the same command as
    /// before it. Nobody can use a dead mount, and its backups are in the storage.
    /// </summary>
    private static void ClearDeadMount(string mountPoint, CommandContext context, bool isFake)
    {
        var control = context.Composition.MountControl;
        if (isFake || !control.IsDead(mountPoint))
        {
            return;
        }

        control.Unmount(mountPoint, lazy: true);
        context.Error.WriteLine($"backupfs: cleared away the dead mount at '{BackupPath.Printable(mountPoint)}': its process was gone");
    }

    private static string Create(MountRequest request, CommandContext context, bool isFake)
    {
        var shown = BackupPath.Printable(request.MountPoint);
        if (!context.IsPrivileged)
        {
            throw new CommandException($"the mount point '{shown}' does not exist. Make it with 'mkdir -p {shown}'");
        }

        var mountPoint = RealPath(request.MountPoint);
        CheckStorage(request, mountPoint);

        // In a BackupFs mount, making the directory would start a backup.
        var parent = Path.GetDirectoryName(mountPoint);
        while (parent is not null && !Directory.Exists(parent))
        {
            parent = Path.GetDirectoryName(parent);
        }

        if (parent is not null && context.Composition.MountControl.Find(parent) is { } mounted)
        {
            throw InsideMount(shown, mounted);
        }

        if (!isFake)
        {
            Directory.CreateDirectory(mountPoint);
        }

        return mountPoint;
    }

    private static CommandException InsideMount(string shown, MountedPath mounted) => new(
        $"the mount point '{shown}' is inside the BackupFs mount at '{BackupPath.Printable(mounted.MountPoint)}'; use a directory outside");

    // A mount over its own storage would ask itself for the answer; a storage in a mount of itself would, too.
    private static void CheckStorage(MountRequest request, string mountPoint)
    {
        if (StorageLocation.LocalDirectory(request.Storage) is not { } directory)
        {
            return;
        }

        var storage = RealPath(directory);
        if (IsWithin(storage, mountPoint) || IsWithin(mountPoint, storage))
        {
            throw new CommandException(
                $"the storage '{BackupPath.Printable(storage)}' and the mount point '{BackupPath.Printable(mountPoint)}' are within each other; "
                + "use a mount point elsewhere");
        }
    }

    private static bool IsWithin(string path, string directory) =>
        path == directory || directory == "/" || path.StartsWith(directory + "/", StringComparison.Ordinal);
}
