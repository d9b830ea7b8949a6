namespace BackupFs.Storage;

/// <summary>One thing that is not as it was stored.</summary>
/// <param name="Path">The entry; <c>""</c> is the backup's root.</param>
/// <param name="Kind">What.</param>
/// <param name="Message">In words, with what was expected and what is there.</param>
/// <param name="Block">The index of the block, for content.</param>
/// <param name="Offset">Where the bytes start, for content.</param>
/// <param name="Length">How many bytes, for content.</param>
public sealed record VerificationFinding(
    string Path, FindingKind Kind, string Message, int? Block = null, long? Offset = null, long? Length = null);
