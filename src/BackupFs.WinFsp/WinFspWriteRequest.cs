namespace BackupFs.WinFsp;

/// <summary>Where and how to write.</summary>
/// <param name="Offset">Bytes from the start of the file; without meaning when <paramref name="ToEnd"/>.</param>
/// <param name="ToEnd">Write at what is the end of the file now.</param>
/// <param name="Constrained">
/// Do not change the size of the file: what lies beyond its end is not written, and is not an error. So come pages of the
/// cache and of mappings, which are larger than the rest of the file.
/// </param>
public readonly record struct WinFspWriteRequest(ulong Offset, bool ToEnd, bool Constrained);
