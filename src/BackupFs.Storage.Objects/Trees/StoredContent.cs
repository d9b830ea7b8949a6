namespace BackupFs.Storage.Objects;

/// <summary>The content of a file that no longer changes.</summary>
/// <param name="Object">Where it is; null for a file that has no object, of an incomplete backup.</param>
/// <param name="Checksums">From the manifest; null where there is none.</param>
internal sealed record StoredContent(StoredObject? Object, FileChecksums? Checksums) : INodeContent
{
    /// <inheritdoc/>
    public long Size => Object?.Size ?? 0;

    /// <inheritdoc/>
    public long AllocatedBytes => Size;
}
