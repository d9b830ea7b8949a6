namespace BackupFs.FileSystem;

/// <summary>What a drain did.</summary>
/// <param name="Completed">Backups that were ended by it, <c>directory/name</c>.</param>
/// <param name="Incomplete">Backups that are left incomplete, each with the reason.</param>
public sealed record DrainReport(IReadOnlyList<string> Completed, IReadOnlyList<(string Path, string Reason)> Incomplete);
