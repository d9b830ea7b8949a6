namespace BackupFs.FileSystem;

/// <summary>A writer or feeder that ended badly in a way that no single file shows: the backup as a whole is doubtful.</summary>
/// <param name="Reason">For messages.</param>
/// <param name="CommandDigest">The command; when the same command runs again to a good end, the mark is cleared.</param>
internal sealed record KilledMark(string Reason, string? CommandDigest);
