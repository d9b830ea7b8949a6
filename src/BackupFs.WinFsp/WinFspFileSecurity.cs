namespace BackupFs.WinFsp;

/// <summary>What decides who may open a file.</summary>
/// <param name="Attributes">The attributes: read-only files cannot be opened for writing.</param>
/// <param name="Descriptor">The security descriptor, self-relative. An empty one gives everybody full access.</param>
public readonly record struct WinFspFileSecurity(FileAttributes Attributes, ReadOnlyMemory<byte> Descriptor);
