namespace BackupFs.WinFsp;

/// <summary>How a file or directory is created.</summary>
/// <param name="Open">How it is opened.</param>
/// <param name="Attributes">Attributes of the new file.</param>
/// <param name="SecurityDescriptor">Its security descriptor, self-relative.</param>
/// <param name="AllocationSize">Bytes to reserve.</param>
/// <param name="ExtendedAttributes">Extended attributes to set.</param>
public readonly record struct WinFspCreateRequest(
    WinFspOpenRequest Open,
    FileAttributes Attributes,
    ReadOnlyMemory<byte> SecurityDescriptor,
    ulong AllocationSize,
    IReadOnlyList<WinFspExtendedAttribute> ExtendedAttributes)
{
    /// <summary>Whether a directory is created.</summary>
    public bool IsDirectory => (Open.Options & CreateOptions.Directory) != 0;
}
