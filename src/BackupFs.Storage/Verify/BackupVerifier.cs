namespace BackupFs.Storage;

/// <summary>
/// Reads a whole backup again and compares it with its manifest: every byte, every attribute, every name. Thread-safe.
/// </summary>
/// <remarks>It goes through the contract only, so that it verifies every storage, and what the storage would return to a reader.</remarks>
/// <param name="parallelism">How many files are read at once, 1..64.</param>
public sealed class BackupVerifier(int parallelism = 4)
{
    /// <summary>Verifies a complete backup.</summary>
    /// <param name="handle">A read-only handle.</param>
    /// <param name="progress">Told after every block, from several threads.</param>
    /// <param name="cancellationToken">Stops it with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="StorageException">The storage cannot be reached at all; what is wrong with the backup is a finding instead.</exception>
    public async ValueTask<VerificationResult> VerifyAsync(
        IBackupHandle handle, IProgress<VerificationProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(handle);
        ArgumentOutOfRangeException.ThrowIfLessThan(parallelism, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(parallelism, 64);
        BackupManifest? manifest;
        try
        {
            manifest = await handle.ReadManifestAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException exception) when (exception.Kind is StorageErrorKind.Corrupt or StorageErrorKind.Unsupported or StorageErrorKind.Io)
        {
            var finding = new VerificationFinding(BackupManifest.FileName, FindingKind.Manifest, exception.Message);
            return new VerificationResult(VerificationOutcome.ManifestUnreadable, [finding], 0, 0);
        }

        if (manifest is null)
        {
            return new VerificationResult(VerificationOutcome.NoManifest, [], 0, 0);
        }

        var report = new VerificationReport(manifest, progress);
        await new TreeComparison(handle.Tree, manifest, report).RunAsync(cancellationToken).ConfigureAwait(false);
        foreach (var finding in await handle.CompareStoredAsync(manifest, cancellationToken).ConfigureAwait(false))
        {
            report.Add(finding);
        }

        var content = new ContentComparison(handle.Tree, report);
        await Parallel.ForEachAsync(
            manifest.Entries.Where(entry => entry.Checksums is not null && report.IsReadable(entry.Path)),
            new ParallelOptions { MaxDegreeOfParallelism = parallelism, CancellationToken = cancellationToken },
            content.CompareAsync).ConfigureAwait(false);
        return report.Finish();
    }
}
