namespace BackupFs.Storage;

/// <summary>What a verification found.</summary>
/// <param name="Outcome">In one word.</param>
/// <param name="Findings">Everything that is wrong, ordered by path, then by offset.</param>
/// <param name="Entries">How many entries of the manifest were checked.</param>
/// <param name="Bytes">How many bytes of content were read.</param>
public sealed record VerificationResult(
    VerificationOutcome Outcome, IReadOnlyList<VerificationFinding> Findings, int Entries, long Bytes);
