namespace BackupFs.Storage.Objects;

/// <summary>An object as the store knows it.</summary>
/// <param name="Key">Without the configured root.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Tag">Changes with the content: an ETag or a generation. Opaque.</param>
/// <param name="Modified">When it was stored, by the store's clock.</param>
public sealed record ObjectInfo(string Key, long Size, string Tag, Timestamp Modified);
