using BackupFs.Storage;

namespace BackupFs.Cli;

/// <summary>A backup within a storage, as a user writes it: <c>DIR/NAME</c>.</summary>
/// <param name="Directory">Without slashes at the ends; may be empty.</param>
/// <param name="Name">The backup's name.</param>
internal sealed record BackupTarget(string Directory, string Name)
{
    /// <summary>Reads one.</summary>
    /// <exception cref="UsageException">It cannot be a backup's name.</exception>
    public static BackupTarget Parse(string text)
    {
        var path = (OperatingSystem.IsWindows() ? text.Replace('\\', '/') : text).Trim('/');
        var target = new BackupTarget(BackupPath.Parent(path), BackupPath.LastSegment(path));
        return BackupPath.CheckBackup(target.Directory, target.Name) is { } error
            ? throw new UsageException($"'{BackupPath.Printable(text)}' is not the name of a backup (DIR/NAME): {error.Message}")
            : target;
    }

    /// <inheritdoc/>
    public override string ToString() => BackupPath.Printable(BackupPath.Join(Directory, Name));
}
