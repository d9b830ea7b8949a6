using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>One name of a directory as it is listed.</summary>
/// <param name="Name">The name; <c>.</c> and <c>..</c> are not listed.</param>
/// <param name="Type">The kind.</param>
/// <param name="FileId">The number shown for it.</param>
public readonly record struct ListedName(string Name, EntryType Type, ulong FileId);
