namespace BackupFs.Fuse;

/// <summary>One mount of this process's mount namespace.</summary>
/// <param name="Device">Device number, "major:minor".</param>
/// <param name="Root">What of the file system is mounted: "/" or a directory of it.</param>
/// <param name="Mountpoint">Where.</param>
/// <param name="Options">Options of this mount.</param>
/// <param name="Type">File system type, for instance ext4 or fuse.backupfs.</param>
/// <param name="Source">What is mounted.</param>
/// <param name="SuperOptions">Options of the file system.</param>
public sealed record MountEntry(
    string Device, string Root, string Mountpoint, string Options, string Type, string Source, string SuperOptions)
{
    /// <summary>Whether the mount or its file system is read-only.</summary>
    public bool IsReadOnly => HasOption(Options, "ro") || HasOption(SuperOptions, "ro");

    private static bool HasOption(string options, string option) => options.Split(',').Contains(option, StringComparer.Ordinal);
}
