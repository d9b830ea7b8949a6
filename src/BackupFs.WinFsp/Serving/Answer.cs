namespace BackupFs.WinFsp.Serving;

/// <summary>The answer to a request that may be answered later.</summary>
/// <param name="Status">How it went.</param>
/// <param name="Count">Bytes read, written or listed.</param>
/// <param name="Info">After a write: what the file is like.</param>
internal readonly record struct Answer(NtStatus Status, uint Count = 0, WinFspFileInfo Info = default);
