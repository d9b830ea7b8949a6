namespace BackupFs.WinFsp;

/// <summary>How the content of an open file is replaced by nothing.</summary>
/// <param name="Attributes">Attributes to set.</param>
/// <param name="ReplaceAttributes">Whether they take the place of those it has, or are added to them.</param>
/// <param name="AllocationSize">Bytes to reserve.</param>
/// <param name="ExtendedAttributes">The extended attributes that take the place of those it has.</param>
public readonly record struct WinFspOverwriteRequest(
    FileAttributes Attributes,
    bool ReplaceAttributes,
    ulong AllocationSize,
    IReadOnlyList<WinFspExtendedAttribute> ExtendedAttributes);
