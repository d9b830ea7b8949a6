using BackupFs.Storage;
using Microsoft.Extensions.Logging;

namespace BackupFs.FileSystem;

/// <summary>
/// The life of a backup while it is written: which files are open, which are torn, who wrote, and whether it may end.
/// Thread-safe; nothing here waits for storage while holding the lock.
/// </summary>
internal sealed partial class OpenBackup
{
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
    private bool _hasFiles;

    public OpenBackup(
        IBackupHandle handle, bool isResumed, IWriterObserver? observer, FileSystemOptions options, TimeProvider time, ILogger log)
    {
        _handle = handle;
        _observer = options.Writers == WriterPolicy.Off ? null : observer;
        _options = options;
        _time = time;
        _log = log;
        _lastActivity = time.GetTimestamp();
        _hasFiles = isResumed;
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

    /// <summary>Whether something is known that forbids the end, open files aside. Under the lock.</summary>
    private bool HasDefects =>
        _handle.Errors.HasErrors || _marks.Count > 0 || _doubtfulPaths.Count > 0 || _files.Values.Any(file => file.Torn is not null);

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

    /// <summary>A file was opened for writing.</summary>
    /// <param name="file">The handle.</param>
    /// <param name="path">The file's path.</param>
    /// <param name="fresh">Whether its content begins anew: created or truncated.</param>
    public void OnOpenedForWriting(OpenFile file, string path, bool fresh)
    {
        lock (_lock)
        {
            _hasFiles = true;
            _lastActivity = _time.GetTimestamp();
            var condition = ConditionOf(file.Inode.FileId, path);
            condition.Writers.Add(file);
            file.Condition = condition;
            if (fresh)
            {
                BeginAnew(condition);
            }

            if (file.Opener is { } opener)
            {
                NoteWritten(RecordOf(opener), condition);
            }
        }

        if (fresh)
        {
            _handle.Errors.ResetErrors(path);
        }
    }

    /// <summary>An entry that is not opened was made; everything but directories counts as content.</summary>
    public void OnMade(EntryType type)
    {
        lock (_lock)
        {
            _hasFiles |= type != EntryType.Directory;
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
            if (exiting is not null && exiting == file.Opener && file.Condition is { } condition)
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
        TaskCompletionSource? allReleased = null;
        lock (_lock)
        {
            _lastActivity = _time.GetTimestamp();
            if (file.Condition is { } condition)
            {
                condition.Writers.Remove(file);
                if (file.LastFlusherExiting is { } last && last != file.Opener)
                {
                    NoteLastHolder(last, condition);
                }

                ForgetIfClean(condition);
            }

            if (!_files.Values.Any(open => open.Writers.Count > 0))
            {
                allReleased = _allReleased;
            }
        }

        allReleased?.TrySetResult();
    }

    /// <summary>A file lost its last name: what was wrong with it no longer matters.</summary>
    public void OnRemoved(ulong fileId, string path, bool lastName)
    {
        _handle.Errors.ResetErrors(path);
        lock (_lock)
        {
            _doubtfulPaths.Remove(path);
            if (lastName && _files.TryGetValue(fileId, out var condition))
            {
                BeginAnew(condition);
                ForgetIfClean(condition);
            }
        }
    }

    /// <summary>A file or directory has a new path.</summary>
    public void OnRenamed(string path, string newPath)
    {
        foreach (var recorded in _handle.Errors.Errors)
        {
            if (recorded.File is { } file && Moved(file, path, newPath) is { } moved)
            {
                _handle.Errors.ResetErrors(file);
                _handle.Errors.RecordError(recorded.Error, moved);
            }
        }

        lock (_lock)
        {
            foreach (var condition in _files.Values)
            {
                condition.Path = Moved(condition.Path, path, newPath) ?? condition.Path;
            }

            foreach (var doubtful in _doubtfulPaths.ToArray())
            {
                if (Moved(doubtful, path, newPath) is { } moved)
                {
                    _doubtfulPaths.Remove(doubtful);
                    _doubtfulPaths.Add(moved);
                }
            }
        }
    }

    /// <summary>Keeps an error that a write met, so that the backup cannot end and close tells it.</summary>
    public void OnWriteFailed(OpenFile file, StorageError error)
    {
        string path;
        lock (_lock)
        {
            file.WriteError ??= error;
            path = file.Condition?.Path ?? "";
        }

        _handle.Errors.RecordError(error, path);
        FileSystemLog.FileFailed(_log, BackupPath.Printable(BackupPath.Join(_handle.Directory, _handle.Name)), BackupPath.Printable(path), error);
    }

    private static string? Moved(string path, string from, string to) =>
        path == from ? to
        : path.Length > from.Length && path[from.Length] == '/' && path.StartsWith(from, StringComparison.Ordinal) ? to + path[from.Length..]
        : null;

    private FileCondition ConditionOf(ulong fileId, string path)
    {
        if (!_files.TryGetValue(fileId, out var condition))
        {
            _files.Add(fileId, condition = new FileCondition(fileId, path));
            if (_doubtfulPaths.Remove(path))
            {
                condition.Torn = "it was being written when the mount died";
            }
        }

        condition.Path = path;
        return condition;
    }

    private static void BeginAnew(FileCondition condition)
    {
        condition.Generation++;
        condition.Torn = null;
    }

    private void ForgetIfClean(FileCondition condition)
    {
        if (condition.IsForgettable && _files.TryGetValue(condition.FileId, out var current) && current == condition)
        {
            _files.Remove(condition.FileId);
        }
    }
}
