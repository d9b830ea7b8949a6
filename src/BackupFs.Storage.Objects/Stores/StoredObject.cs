namespace BackupFs.Storage.Objects;

/// <summary>Where the bytes of a file are stored.</summary>
/// <param name="Key">The object's key.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Tag">The version that was stored; null where that is not known and a checksum has to tell.</param>
internal sealed record StoredObject(string Key, long Size, string? Tag);
