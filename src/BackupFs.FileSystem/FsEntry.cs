using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>A found or made entry. Whoever receives it owns one reference of <see cref="Inode"/> and gives it back with Forget.</summary>
/// <param name="Inode">The inode.</param>
/// <param name="Attributes">Its attributes now.</param>
/// <param name="Lifetime">How long name and attributes stay true without asking again.</param>
public readonly record struct FsEntry(Inode Inode, EntryAttributes Attributes, TimeSpan Lifetime);
