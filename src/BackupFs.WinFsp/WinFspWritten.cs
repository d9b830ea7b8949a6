namespace BackupFs.WinFsp;

/// <summary>The answer to Write.</summary>
/// <param name="Count">Bytes written.</param>
/// <param name="Info">What the file is like now.</param>
public readonly record struct WinFspWritten(int Count, WinFspFileInfo Info);
