namespace BackupFs.Storage.Objects;

/// <summary>An upload that was started and neither completed nor aborted.</summary>
/// <param name="Key">The key it would have had.</param>
/// <param name="Id">The store's name for it.</param>
/// <param name="Started">When, by the store's clock.</param>
public sealed record UnfinishedUpload(string Key, string Id, Timestamp Started);
