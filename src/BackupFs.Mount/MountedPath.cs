namespace BackupFs.Mount;

/// <summary>A path inside a BackupFs mount.</summary>
/// <param name="MountPoint">Where it is mounted.</param>
/// <param name="RelativePath">The path below the mount point; <c>""</c> is the mount point itself.</param>
/// <param name="Source">The mount table's source: the storage's location.</param>
public sealed record MountedPath(string MountPoint, string RelativePath, string Source);
