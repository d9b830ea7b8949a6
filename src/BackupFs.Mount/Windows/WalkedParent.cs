using BackupFs.FileSystem;

namespace BackupFs.Mount.Windows;

/// <summary>The directory that a path leads into, and the last name.</summary>
/// <param name="Directory">The directory, with its path; whoever gets it owns one reference.</param>
/// <param name="Name">The last name as the program wrote it.</param>
internal readonly record struct WalkedParent(WalkedPath Directory, string Name)
{
    /// <summary>The directory's inode.</summary>
    public Inode Inode => Directory.Entry.Inode;

    /// <summary>The path of a name in the directory.</summary>
    public string PathOf(string shown) => Directory.Path.Length == 1 ? Directory.Path + shown : $@"{Directory.Path}\{shown}";
}
