using BackupFs.Storage;
using Microsoft.Extensions.Logging;

namespace BackupFs.FileSystem;

/// <summary>
/// The life of a backup while it is written: which files are open, which are torn, who wrote, and whether it may end.
/// Thread-safe; nothing here waits for storage while holding the lock.
/// </summary>
internal sealed partial class OpenBackup
{
    private const string DoubtfulSinceResume = "it was being written when the mount died";

    private readonly Lock _lock = new();
    private readonly IBackupHandle _handle;
    private readonly IWriterObserver? _observer;
    private readonly FileSystemOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Dictionary<ulong, FileCondition> _files = [];
    private readonly HashSet<string> _doubtfulPaths = new(StringComparer.Ordinal);
    private long _lastActivity;
    private int _changesInFlight;
    private TaskCompletionSource? _changesDone;
    private readonly bool _isResumed;
    private long _nonDirectories;

    public OpenBackup(
        IBackupHandle handle, bool isResumed, IWriterObserver? observer, FileSystemOptions options, TimeProvider time, ILogger log)
    {
        _handle = handle;
        _observer = options.Writers == WriterPolicy.Off ? null : observer;
        _options = options;
        _time = time;
        _log = log;
        _lastActivity = time.GetTimestamp();
        _isResumed = isResumed;
        foreach (var path in handle.UnfinishedFiles)
        {
            if (path.Length == 0)
            {
                _marks.Add(new KilledMark("a program that wrote into the backup was killed before the backup was resumed", null));
            }
            else
            {
                _doubtfulPaths.Add(path);
            }
        }
    }

    /// <summary>Where it stands.</summary>
    public BackupPhase Phase { get; private set; } = BackupPhase.Open;

    /// <summary>The name of the state for <see cref="ControlAttributes.State"/>.</summary>
    public string StateName
    {
        get
        {
            lock (_lock)
            {
                return Phase switch
                {
                    BackupPhase.Open => HasDefects ? "failed" : "open",
                    BackupPhase.Ending => "ending",
                    BackupPhase.Complete => "complete",
                    BackupPhase.Aborted => "aborted",
                    BackupPhase.Suspended => "incomplete",
                };
            }
        }
    }

    /// <summary>Whether nothing is remembered of any file or process: after all is over, nothing is left.</summary>
    internal bool IsAtRest
    {
        get
        {
            lock (_lock)
            {
                return _files.Count == 0 && _writers.Count == 0 && _lastHolders.Count == 0 && _changesInFlight == 0;
            }
        }
    }

    /// <summary>Whether a process that has ended is still to be judged.</summary>
    internal bool HasUnjudged
    {
        get
        {
            lock (_lock)
            {
                return _writers.Values.Any(record => record.Process.Ending is not null)
                    || _lastHolders.Exists(holder => holder.Process.Ending is not null);
            }
        }
    }

    /// <summary>Whether there is at least one file; what was there before a resume is not counted. Under the lock.</summary>
    private bool HasFiles => _isResumed || _nonDirectories > 0;

    /// <summary>Whether something is known that forbids the end, open files aside. Under the lock.</summary>
    private bool HasDefects =>
        _handle.Errors.HasErrors || _marks.Count > 0 || _doubtfulPaths.Count > 0 || _files.Values.Any(file => file is { Torn: not null, HasName: true });

    /// <summary>
    /// Begins a change (create, rename, write by path…), which the end of the backup waits for. Every success needs one
    /// <see cref="EndChange"/>.
    /// </summary>
    public FsError BeginChange()
    {
        lock (_lock)
        {
            switch (Phase)
            {
                case BackupPhase.Open:
                    _changesInFlight++;
                    _lastActivity = _time.GetTimestamp();
                    return FsError.None;
                case BackupPhase.Ending:
                    return FsError.Busy;
                case BackupPhase.Complete or BackupPhase.Suspended:
                    return FsError.ReadOnly;
                default:
                    return FsError.Stale;
            }
        }
    }

    /// <summary>The change is over.</summary>
    public void EndChange()
    {
        lock (_lock)
        {
            if (--_changesInFlight == 0)
            {
                _changesDone?.TrySetResult();
            }
        }
    }

    /// <summary>The caller of a mkdir or another change that makes it a writer; it is waiting for our answer.</summary>
    public void NoteWriter(uint callerId)
    {
        if (callerId != 0 && _observer?.Observe(callerId) is { } process)
        {
            lock (_lock)
            {
                RecordOf(process);
            }
        }
    }

    /// <summary>A file was opened for writing. Under the names lock, so that its path is right.</summary>
    /// <param name="file">The handle.</param>
    /// <param name="path">The file's path.</param>
    /// <param name="opening">What that did to the content.</param>
    public void OnOpenedForWriting(OpenFile file, string path, Opening opening)
    {
        lock (_lock)
        {
            _lastActivity = _time.GetTimestamp();
            var condition = ConditionOf(file.Inode.FileId, path, hasName: opening != Opening.CreatedUnnamed);
            condition.Writers.Add(file);
            file.Condition = condition;
            if (opening != Opening.Kept)
            {
                BeginAnew(condition);
            }

            if (file.Opener is { } opener)
            {
                NoteWritten(RecordOf(opener), condition);
            }
        }
    }

    /// <summary>An entry has a new name: it was made, or is a file that was linked. Everything but directories counts as content.</summary>
    public void OnMade(in EntryAttributes entry, string path)
    {
        lock (_lock)
        {
            _nonDirectories += entry.Type == EntryType.Directory ? 0 : 1;
            if (_files.TryGetValue(entry.FileId, out var condition) && !condition.HasName)
            {
                (condition.HasName, condition.Path) = (true, path);
                if (condition.Failure is { } failure)
                {
                    _handle.Errors.RecordError(failure, path);
                }

                if (condition.Torn is { } torn)
                {
                    TellTorn(condition, torn);
                }
            }
        }
    }

    /// <summary>The opener of a file that is about to be opened for writing; it is waiting for our answer.</summary>
    public IObservedProcess? ObserveOpener(uint callerId) => callerId == 0 ? null : _observer?.Observe(callerId);

    /// <summary>A descriptor of the file was closed by close(2) or by the death of a process that had it.</summary>
    public void OnFlushed(OpenFile file, uint callerId)
    {
        var exiting = callerId == 0 ? null : _observer?.ObserveIfExiting(callerId);
        lock (_lock)
        {
            file.WasFlushed = true;
            file.LastFlusherExiting = exiting;
            _lastActivity = _time.GetTimestamp();
            if (exiting is not null && exiting == file.Opener && file.Condition is { HasName: true } condition)
            {
                var record = RecordOf(exiting);
                if (!record.OpenAtExit.Exists(open => open.File == condition))
                {
                    condition.Pending++;
                    record.OpenAtExit.Add((condition, condition.Generation));
                }
            }
        }
    }

    /// <summary>The last descriptor of the handle and its last mapping are gone: no write can come through it any more.</summary>
    public void OnReleased(OpenFile file)
    {
        lock (_lock)
        {
            _lastActivity = _time.GetTimestamp();
            if (file.Condition is { } condition)
            {
                condition.Writers.Remove(file);
                if (file.LastFlusherExiting is { } last && last != file.Opener && condition.HasName)
                {
                    NoteLastHolder(last, condition);
                }

                ForgetIfClean(condition);
            }

            if (!_files.Values.Any(open => open.Writers.Count > 0))
            {
                _allReleased?.TrySetResult();
                _allReleased = null;
            }
        }
    }

    /// <summary>A name was removed; with a file's last name, what was wrong with it no longer matters. Under the names lock.</summary>
    /// <param name="entry">What it was the name of, before.</param>
    /// <param name="path">The name.</param>
    /// <param name="lastName">Whether it was the last one.</param>
    /// <param name="left">A path that is left, if one is known.</param>
    public void OnRemoved(in EntryAttributes entry, string path, bool lastName, string? left)
    {
        if (entry.Type == EntryType.Directory)
        {
            return;
        }

        lock (_lock)
        {
            _nonDirectories--;
            _doubtfulPaths.Remove(path);
            var condition = _files.GetValueOrDefault(entry.FileId);
            if (!lastName)
            {
                // What is wrong with it stays, under a name that nothing else will have.
                left ??= $"{path} (by another name)";
                MoveErrors(file => file == path ? left : null);
                if (condition?.Path == path)
                {
                    condition.Path = left;
                }

                return;
            }

            _handle.Errors.ResetErrors(path);
            if (condition is not null)
            {
                _handle.Errors.ResetErrors(condition.Path);
                condition.HasName = false;
                condition.Generation++;
                condition.Torn = null;
                ForgetIfClean(condition);
            }
        }
    }

    /// <summary>A file or directory has a new path. Under the names lock.</summary>
    public void OnRenamed(string path, string newPath, RenameMode mode)
    {
        lock (_lock)
        {
            MoveErrors(NewPath);
            foreach (var condition in _files.Values)
            {
                condition.Path = NewPath(condition.Path) ?? condition.Path;
            }

            var moved = _doubtfulPaths.Where(doubtful => NewPath(doubtful) is not null).ToArray();
            _doubtfulPaths.ExceptWith(moved);
            _doubtfulPaths.UnionWith(moved.Select(doubtful => NewPath(doubtful)!));
        }

        string? NewPath(string old) =>
            Moved(old, path, newPath) ?? (mode == RenameMode.Exchange ? Moved(old, newPath, path) : null);
    }

    /// <summary>Why what was written of a file is lost, through whatever handle; null if it is not.</summary>
    public StorageError? FailureOf(OpenFile file)
    {
        lock (_lock)
        {
            return file.Condition?.Failure;
        }
    }

    /// <summary>Keeps an error that a write met, so that the backup cannot end and close tells it.</summary>
    /// <param name="file">The handle.</param>
    /// <param name="path">The file's path, where the handle is not one for writing; null if it has none.</param>
    /// <param name="error">The error.</param>
    public void OnWriteFailed(OpenFile file, string? path, StorageError error)
    {
        lock (_lock)
        {
            file.WriteError ??= error;
            var condition = file.Condition ?? (path is null ? null : ConditionOf(file.Inode.FileId, path, hasName: true));
            if (condition is null || condition.Failure is not null)
            {
                // One error a file is enough: a program that goes on writing must not fill the memory.
                return;
            }

            condition.Failure = error;
            if (!condition.HasName)
            {
                return;
            }

            path = condition.Path;
            _handle.Errors.RecordError(error, path);
        }

        FileSystemLog.FileFailed(_log, ShownPath, BackupPath.Printable(path), error);
    }

    private void MoveErrors(Func<string, string?> newPath)
    {
        var moved = _handle.Errors.Errors.Where(recorded => recorded.File is { } file && newPath(file) is not null).ToArray();
        foreach (var recorded in moved)
        {
            _handle.Errors.ResetErrors(recorded.File!);
        }

        foreach (var recorded in moved)
        {
            _handle.Errors.RecordError(recorded.Error, newPath(recorded.File!));
        }
    }

    private static string? Moved(string path, string from, string to) =>
        path == from ? to
        : path.Length > from.Length && path[from.Length] == '/' && path.StartsWith(from, StringComparison.Ordinal) ? to + path[from.Length..]
        : null;

    private FileCondition ConditionOf(ulong fileId, string path, bool hasName)
    {
        if (!_files.TryGetValue(fileId, out var condition))
        {
            _files.Add(fileId, condition = new FileCondition(fileId, path) { HasName = hasName });
        }

        if (_doubtfulPaths.Remove(path))
        {
            condition.Torn ??= DoubtfulSinceResume;
        }

        if (condition.Failure is null)
        {
            condition.Path = path;
        }

        return condition;
    }

    private void BeginAnew(FileCondition condition)
    {
        condition.Generation++;
        condition.Torn = null;
        condition.Failure = null;
        _handle.Errors.ResetErrors(condition.Path);
    }

    private void ForgetIfClean(FileCondition condition)
    {
        if (condition.IsForgettable && _files.TryGetValue(condition.FileId, out var current) && current == condition)
        {
            _files.Remove(condition.FileId);
        }
    }
}
