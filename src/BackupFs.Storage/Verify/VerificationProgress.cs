namespace BackupFs.Storage;

/// <summary>How far a verification is.</summary>
/// <param name="BytesDone">Bytes of content read, or skipped because they cannot be read.</param>
/// <param name="BytesTotal">Bytes of content in the manifest, each hard-linked file once.</param>
/// <param name="FilesDone">Files finished.</param>
/// <param name="FilesTotal">Files in the manifest, each hard-linked file once.</param>
/// <param name="Findings">Findings so far.</param>
public readonly record struct VerificationProgress(long BytesDone, long BytesTotal, int FilesDone, int FilesTotal, int Findings);
