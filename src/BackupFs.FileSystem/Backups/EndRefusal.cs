namespace BackupFs.FileSystem;

/// <summary>Why a backup cannot end now.</summary>
/// <param name="Reason">A sentence.</param>
/// <param name="IsOpenFile">It is only that a file is still open: waiting may help.</param>
/// <param name="Path">The file it is about; null if it is about the backup.</param>
internal sealed record EndRefusal(string Reason, bool IsOpenFile = false, string? Path = null);
