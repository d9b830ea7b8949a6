namespace BackupFs.Storage;

/// <summary>Collects findings and counts progress. Thread-safe.</summary>
internal sealed class VerificationReport
{
    private readonly Lock _lock = new();
    private readonly List<VerificationFinding> _findings = [];
    private readonly HashSet<string> _unreadable = new(StringComparer.Ordinal);
    private readonly IProgress<VerificationProgress>? _progress;
    private readonly int _entries;
    private readonly long _bytesTotal;
    private readonly int _filesTotal;
    private long _bytesDone;
    private long _bytesRead;
    private int _filesDone;

    internal VerificationReport(BackupManifest manifest, IProgress<VerificationProgress>? progress)
    {
        _progress = progress;
        _entries = manifest.Entries.Count;
        foreach (var entry in manifest.Entries.Where(entry => entry.Checksums is not null))
        {
            _bytesTotal += entry.Size;
            _filesTotal++;
        }
    }

    internal void Add(VerificationFinding finding)
    {
        lock (_lock)
        {
            _findings.Add(finding);
        }
    }

    internal void Add(string path, FindingKind kind, string message) => Add(new VerificationFinding(path, kind, message));

    /// <summary>A file whose content there is no point in reading: missing, or of another type or size.</summary>
    internal void SkipContent(string path, long size)
    {
        lock (_lock)
        {
            _unreadable.Add(path);
        }

        Advance(size, read: false, fileDone: true);
    }

    internal bool IsReadable(string path)
    {
        lock (_lock)
        {
            return !_unreadable.Contains(path);
        }
    }

    internal void Advance(long bytes, bool read, bool fileDone)
    {
        VerificationProgress now;
        lock (_lock)
        {
            _bytesDone += bytes;
            _bytesRead += read ? bytes : 0;
            _filesDone += fileDone ? 1 : 0;
            now = new VerificationProgress(_bytesDone, _bytesTotal, _filesDone, _filesTotal, _findings.Count);
        }

        _progress?.Report(now);
    }

    internal VerificationResult Finish()
    {
        lock (_lock)
        {
            var findings = _findings
                .OrderBy(finding => finding.Path, StringComparer.Ordinal)
                .ThenBy(finding => finding.Offset ?? -1)
                .ThenBy(finding => finding.Kind)
                .ToList();
            return new VerificationResult(
                findings.Count == 0 ? VerificationOutcome.Intact : VerificationOutcome.Damaged, findings, _entries, _bytesRead);
        }
    }
}
