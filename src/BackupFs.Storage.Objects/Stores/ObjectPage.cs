namespace BackupFs.Storage.Objects;

/// <summary>A page of a listing.</summary>
/// <param name="Objects">Objects, ordered.</param>
/// <param name="Directories">Summed-up directories, each with its <c>/</c> at the end, ordered.</param>
/// <param name="Continuation">For the next page; null on the last one.</param>
public sealed record ObjectPage(IReadOnlyList<ObjectInfo> Objects, IReadOnlyList<string> Directories, string? Continuation);
