namespace BackupFs.Cli.Listing;

/// <summary>One backup in a list.</summary>
/// <param name="Path"><c>dir/name</c>.</param>
/// <param name="State">As <c>user.backupfs.state</c> says it.</param>
/// <param name="Started">When it was started, if that is known.</param>
/// <param name="Files">How many files it holds, if that is known.</param>
/// <param name="Bytes">How much they hold, if that is known.</param>
internal sealed record BackupRow(string Path, string State, DateTimeOffset? Started, long? Files, long? Bytes);
