using BackupFs.Storage;

namespace BackupFs.Cli.Mounting;

/// <summary>
/// Looks at a mount point on Windows: a drive letter that is free, or a directory that does not exist yet, in one that does; WinFsp
/// makes it, and removes it in the end.
/// </summary>
/// <param name="exists">Whether there is a file, directory or drive of this path.</param>
/// <param name="isDirectory">Whether it is a directory.</param>
internal sealed class WindowsMountPointCheck(Func<string, bool> exists, Func<string, bool> isDirectory)
{
    private const string Letters = "ZYXWVUTSRQPONMLKJIHGFED";

    /// <summary>Of this machine.</summary>
    public static WindowsMountPointCheck OfThisMachine { get; } = new(
        path => Path.Exists(path) || DriveInfo.GetDrives().Any(drive => drive.Name.StartsWith(path, StringComparison.OrdinalIgnoreCase)),
        Directory.Exists);

    /// <summary>Whether text is a drive: <c>X:</c> or <c>X:\</c>.</summary>
    public static bool IsDrive(string text) =>
        text.Length is 2 or 3 && char.IsAsciiLetter(text[0]) && text[1] == ':' && (text.Length == 2 || text[2] is '\\' or '/');

    /// <summary>Checks it.</summary>
    /// <param name="mountPoint">As the user wrote it; a directory's path is absolute.</param>
    /// <param name="storage">The location of the storage.</param>
    /// <returns>The mount point as WinFsp takes it.</returns>
    /// <exception cref="CommandException">It cannot be used; with what to do.</exception>
    public string Prepare(string mountPoint, string storage)
    {
        if (IsDrive(mountPoint))
        {
            var drive = char.ToUpperInvariant(mountPoint[0]) + ":";
            return !exists(drive + @"\")
                ? drive
                : throw new CommandException($"the drive {drive} is in use{Free()}");
        }

        var path = mountPoint.Replace('/', '\\').TrimEnd('\\');
        var shown = BackupPath.Printable(path);
        if (path.StartsWith(@"\\", StringComparison.Ordinal) || path.Length < 4 || path[1] != ':')
        {
            throw new CommandException($"the mount point '{shown}' has to be a free drive (X:) or a directory on a local disk that does not exist yet");
        }

        CheckStorage(path, shown, storage);
        if (exists(path))
        {
            throw new CommandException(
                $"the mount point '{shown}' exists; WinFsp makes the directory by itself: name one that does not exist, or remove it with 'rmdir {shown}'");
        }

        var parent = path[..path.LastIndexOf('\\')];
        parent = parent.EndsWith(':') ? parent + @"\" : parent;
        return isDirectory(parent)
            ? path
            : throw new CommandException($"the directory '{BackupPath.Printable(parent)}' for the mount point does not exist. Make it with 'mkdir {BackupPath.Printable(parent)}'");
    }

    private string Free() => Letters.FirstOrDefault(letter => !exists($@"{letter}:\")) is not '\0' and var free ? $"; {free}: is free" : "";

    private static void CheckStorage(string path, string shown, string location)
    {
        if (StorageLocation.LocalDirectory(location, isWindows: true) is { } directory
            && (IsWithin(directory.TrimEnd('\\'), path) || IsWithin(path, directory.TrimEnd('\\'))))
        {
            throw new CommandException($"the storage '{BackupPath.Printable(directory)}' and the mount point '{shown}' are within each other; use a mount point elsewhere");
        }
    }

    private static bool IsWithin(string path, string directory) =>
        path.Equals(directory, StringComparison.OrdinalIgnoreCase) || path.StartsWith(directory + @"\", StringComparison.OrdinalIgnoreCase);
}
