using System.Text;
using BackupFs.FileSystem;
using BackupFs.Fuse;

namespace BackupFs.Mount.Linux;

/// <summary>Talks to mounts through extended attributes, and unmounts with umount2(2) or fusermount3. Thread-safe.</summary>
public sealed class LinuxMountControl : IMountControl
{
    private const string Type = "fuse.backupfs";

    /// <inheritdoc/>
    public MountedPath? Find(string path)
    {
        var full = Path.GetFullPath(path);
        if (MountTable.Covering(full) is not { Type: Type } mount)
        {
            return null;
        }

        if (IsDeadMount(mount.Mountpoint))
        {
            throw new MountException($"the mount at '{mount.Mountpoint}' is dead: its process is gone; 'backupfs unmount {mount.Mountpoint}' clears it away");
        }

        var relative = Path.GetRelativePath(mount.Mountpoint, full);
        return new MountedPath(mount.Mountpoint, relative == "." ? "" : relative, mount.Source);
    }

    /// <inheritdoc/>
    public bool IsDead(string path) =>
        MountTable.Covering(Path.GetFullPath(path)) is { Type: Type } mount && IsDeadMount(mount.Mountpoint);

    /// <inheritdoc/>
    public string? Get(string path, string attribute) => ExtendedAttributes.Get(path, attribute, out var value) switch
    {
        Errno.None => Encoding.UTF8.GetString(value),
        Errno.ENODATA or Errno.EOPNOTSUPP => null,
        var error => throw new MountException(Describe(path, error)) { IsNotFound = error == Errno.ENOENT },
    };

    /// <inheritdoc/>
    public void Set(string path, string attribute, string value)
    {
        var error = ExtendedAttributes.Set(path, attribute, Encoding.UTF8.GetBytes(value));
        if (error == Errno.None)
        {
            return;
        }

        var said = ExtendedAttributes.Get(path, ControlAttributes.Error, out var text) == Errno.None && text.Length > 0;
        throw new MountException(said ? Encoding.UTF8.GetString(text) : Describe(path, error));
    }

    /// <inheritdoc/>
    public void Unmount(string mountPoint, bool lazy)
    {
        try
        {
            FuseSession.Unmount(mountPoint, lazy);
        }
        catch (FuseMountException error)
        {
            throw new MountException(error.Message, error);
        }
    }

    /// <summary>
    /// Asks for something that the kernel never answers from its cache, as it does stat for a moment after the death. A
    /// request that was under way at the death ends with ECONNABORTED, every later one with ENOTCONN.
    /// </summary>
    private static bool IsDeadMount(string mountPoint) =>
        ExtendedAttributes.Get(mountPoint, ControlAttributes.ProcessId, out _) is Errno.ENOTCONN or Errno.ECONNABORTED;

    private static string Describe(string path, Errno error) => error switch
    {
        Errno.ENOENT => $"'{path}' does not exist",
        Errno.ENOTCONN or Errno.ECONNABORTED => $"the mount that '{path}' is in is dead: its process is gone",
        Errno.EACCES => $"'{path}': permission denied",
        Errno.EPERM => $"'{path}': not permitted",
        Errno.EBUSY => $"'{path}' is in use: a file is still open for writing, or it is being ended",
        Errno.EROFS => $"'{path}' is complete, or the mount is read-only",
        Errno.EIO => $"'{path}': refused; the mount's log says why",
        Errno.EINTR => $"'{path}': interrupted",
        _ => $"'{path}': {error}",
    };
}
