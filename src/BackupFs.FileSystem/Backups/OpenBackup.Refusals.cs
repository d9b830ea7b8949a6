using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>What stands against the end of an open backup, and what an operator accepts of it.</summary>
internal sealed partial class OpenBackup
{
    private readonly List<string> _accepted = [];

    /// <summary>Everything that stands against an end, for messages; empty when nothing does.</summary>
    public IReadOnlyList<EndRefusal> Refusals()
    {
        lock (_lock)
        {
            var refusals = new List<EndRefusal>();
            foreach (var recorded in _handle.Errors.Errors)
            {
                refusals.Add(new EndRefusal(
                    recorded.File is null ? recorded.Error.ToString() : $"{BackupPath.Printable(recorded.File)}: {recorded.Error}",
                    Path: recorded.File));
            }

            foreach (var file in _files.Values)
            {
                if (file is { HasName: true, Torn: { } reason })
                {
                    refusals.Add(new EndRefusal($"{BackupPath.Printable(file.Path)} is torn: {reason}", Path: file.Path));
                }
            }

            refusals.AddRange(_doubtfulPaths.Order(StringComparer.Ordinal).Select(path =>
                new EndRefusal($"{BackupPath.Printable(path)} is torn: {DoubtfulSinceResume}", Path: path)));
            refusals.AddRange(_marks.Select(mark => new EndRefusal($"writer killed: {mark.Reason}")));
            refusals.AddRange(_files.Values.SelectMany(file => file.Writers).Select(file => new EndRefusal(
                $"{BackupPath.Printable(file.Condition!.Path)} is still open for writing"
                + (file.Opener is { } opener ? $" by {Describe(opener)}" : ""),
                IsOpenFile: true,
                file.Condition.Path)));
            return refusals;
        }
    }

    /// <summary>Why it does not end by itself although nothing forbids an explicit end; null if it may.</summary>
    public string? ReasonAgainstAutomaticEnd()
    {
        lock (_lock)
        {
            return !HasFiles ? "it has no file yet"
                : _notes.Count > 0 ? $"{_notes[0].Note.Program} (process {_notes[0].Note.ProcessId}) ended with {_notes[0].Note.Ending}"
                : _writers.Count > 0 ? $"{Describe(_writers.Values.First().Process)}, which wrote into it, is still running"
                : null;
        }
    }

    /// <summary>
    /// Accepts what is torn: a file, what is in a directory, or with path <c>""</c> everything. Errors of the storage
    /// cannot be accepted.
    /// </summary>
    /// <param name="path">The file or directory.</param>
    /// <param name="fileId">The file, which may be known by another name.</param>
    public void Accept(string path, ulong fileId)
    {
        lock (_lock)
        {
            foreach (var file in _files.Values.Where(file => file.Torn is not null && (file.FileId == fileId || IsAtOrBelow(file.Path))).ToArray())
            {
                _accepted.Add($"{file.Path}: {file.Torn}");
                file.Torn = null;
                ForgetIfClean(file);
                RememberUnfinished(file.Path, unfinished: false);
            }

            foreach (var doubtful in _doubtfulPaths.Where(IsAtOrBelow).Order(StringComparer.Ordinal).ToArray())
            {
                _accepted.Add($"{doubtful}: {DoubtfulSinceResume}");
                _doubtfulPaths.Remove(doubtful);
                RememberUnfinished(doubtful, unfinished: false);
            }

            if (path.Length == 0)
            {
                _accepted.AddRange(_marks.Select(mark => mark.Reason));
                _accepted.AddRange(_notes.Select(note => $"{note.Note.Program} (process {note.Note.ProcessId}): {note.Note.Ending}"));
                if (_marks.Count > 0)
                {
                    RememberUnfinished("", unfinished: false);
                }

                _marks.Clear();
                _notes.Clear();
            }
        }

        FileSystemLog.Accepted(_log, ShownPath, path.Length == 0 ? "the whole backup" : BackupPath.Printable(path));

        bool IsAtOrBelow(string file) => path.Length == 0 || Moved(file, path, path) is not null;
    }
}
