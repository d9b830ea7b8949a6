namespace BackupFs.Storage;

/// <summary>One name in a directory.</summary>
/// <param name="Name">The last path component.</param>
/// <param name="Type">The entry's kind.</param>
/// <param name="FileId">As in <see cref="EntryAttributes.FileId"/>.</param>
public readonly record struct DirectoryEntry(string Name, EntryType Type, ulong FileId);
