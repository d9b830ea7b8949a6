using BackupFs.Storage.File.Checksums;
using BackupFs.Storage.File.Interop;

namespace BackupFs.Storage.File.Staging;

/// <summary>
/// The files of an open backup by inode: who writes them, what the journal says of them, their checksums. Thread-safe.
/// </summary>
/// <remarks>
/// Writes through kernel passthrough are not seen here. So checksums count only when they were computed while no writer was
/// there, and every open for writing voids them.
/// </remarks>
internal sealed partial class FileTable : IDisposable
{
    /// <summary>Coarser than the kernel's clock for file times (a tick, at most 10 ms).</summary>
    private static readonly TimeSpan ClockGranularity = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(75);

    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, FileState> _files;
    private readonly HashSet<FileState> _written = [];
    private readonly HashSet<Descriptor> _exposed = [];
    private readonly Journal _journal;
    private readonly ChecksumEngine _engine;
    private readonly TimeProvider _time;
    private readonly ITimer _poll;
    private TaskCompletionSource? _noneExposed;
    private bool _closed;

    /// <summary>The timer runs; it stops itself when it finds nothing to follow, so that small files do not set it one by one.</summary>
    private bool _isPolling;

    /// <summary>Takes ownership of the journal, and starts with what it said.</summary>
    public FileTable(Journal journal, ChecksumEngine engine, TimeProvider time, IEnumerable<FileState> files)
    {
        _journal = journal;
        _engine = engine;
        _time = time;
        _files = files.ToDictionary(file => file.FileId);
        _poll = time.CreateTimer(static table => ((FileTable)table!).Poll(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The time, by the clock that was injected.</summary>
    public DateTimeOffset Now => _time.GetUtcNow();

    /// <summary>Whether somebody may write a file without being seen here: see <see cref="Expose"/>.</summary>
    public bool HasExposedWriters
    {
        get
        {
            lock (_lock)
            {
                return _exposed.Count > 0;
            }
        }
    }

    /// <summary>Inodes whose content cannot be trusted.</summary>
    public HashSet<ulong> Unfinished
    {
        get
        {
            lock (_lock)
            {
                return [.. _files.Values.Where(file => file.IsUnfinished).Select(file => file.FileId)];
            }
        }
    }

    /// <summary>A writer comes. With <paramref name="anew"/> the file is empty: what was known of it is void.</summary>
    public Errno OpenWriter(ulong fileId, Descriptor descriptor, bool anew, out FileState file)
    {
        bool wasSynced;
        lock (_lock)
        {
            file = Get(fileId);
            if (anew || file.Writers.Count == 0)
            {
                var errno = Append(anew ? JournalEvent.OpenedAnew : JournalEvent.Opened, fileId);
                if (errno != Errno.Success)
                {
                    return errno;
                }
            }

            wasSynced = file.IsSynced;
            file.IsSynced = false;
            file.SyncedChangeTime = null;
            file.IsUnfinished &= !anew;
            file.Checksums = null;
            if (file.IsFinishing)
            {
                Abandon(file);
            }

            file.Writers.Add(descriptor);
            _written.Add(file);
            if (!_isPolling)
            {
                _isPolling = true;
                _poll.Change(PollInterval, PollInterval);
            }
        }

        // The record "survives a crash" may itself have survived one: it must not outlive what is about to change.
        var synced = wasSynced ? _journal.Sync() : Errno.Success;
        if (synced != Errno.Success)
        {
            CloseWriter(file, descriptor);
        }

        return synced;
    }

    /// <summary>A writer goes. Called before its descriptor is closed.</summary>
    public void CloseWriter(FileState file, Descriptor descriptor)
    {
        lock (_lock)
        {
            file.Writers.Remove(descriptor);
            if (_exposed.Remove(descriptor) && _exposed.Count == 0)
            {
                _noneExposed?.TrySetResult();
                _noneExposed = null;
            }

            if (file.Writers.Count > 0 || _closed)
            {
                return;
            }

            _written.Remove(file);

            // Without this record the file is merely taken for unfinished if the process dies.
            _ = Append(JournalEvent.Closed, file.FileId);
            if (AttributeCalls.Statx(descriptor, out var attributes) != Errno.Success)
            {
                return;
            }

            if (attributes.Links == 0)
            {
                Drop(file);
                return;
            }

            if (file.SyncedChangeTime == attributes.ChangeTime.ToTimestamp())
            {
                file.IsSynced = Append(JournalEvent.Synced, file.FileId) == Errno.Success;
            }

            StartFinishing(file, descriptor);
        }
    }

    /// <summary>
    /// An fsync that began at <paramref name="began"/> succeeded. It counts only if nothing can have changed since without showing
    /// in the change time.
    /// </summary>
    public void Synced(ulong fileId, Descriptor descriptor, DateTimeOffset began)
    {
        if (AttributeCalls.Statx(descriptor, out var attributes) != Errno.Success)
        {
            return;
        }

        var changed = attributes.ChangeTime.ToTimestamp();
        if (changed > Timestamp.From(began - ClockGranularity))
        {
            return;
        }

        lock (_lock)
        {
            var file = Get(fileId);
            file.SyncedChangeTime = changed;
            if (file.Writers.Count == 0 && !_closed)
            {
                file.IsSynced = Append(JournalEvent.Synced, fileId) == Errno.Success;
            }
        }
    }

    /// <summary>A new regular file without a writer: whatever an earlier file of this inode had is void.</summary>
    public Errno Created(ulong fileId)
    {
        lock (_lock)
        {
            if (!_files.TryGetValue(fileId, out var file))
            {
                return Errno.Success;
            }

            Drop(file);
            return Append(JournalEvent.Trusted, fileId);
        }
    }

    /// <summary>Remembers whether the content can be trusted.</summary>
    public Errno Mark(ulong fileId, bool unfinished)
    {
        lock (_lock)
        {
            var errno = Append(unfinished ? JournalEvent.Marked : JournalEvent.Trusted, fileId);
            if (errno == Errno.Success)
            {
                Get(fileId).IsUnfinished = unfinished;
            }

            return errno;
        }
    }

    /// <summary>A writer's descriptor is given away, for kernel passthrough: from now on nothing but its closing stops writes.</summary>
    public void Expose(FileState file, Descriptor descriptor)
    {
        lock (_lock)
        {
            if (file.Writers.Contains(descriptor))
            {
                _exposed.Add(descriptor);
            }
        }
    }

    /// <summary>Completes when nobody can write a file without being seen here.</summary>
    public Task WhenNoExposedWriters()
    {
        lock (_lock)
        {
            return _exposed.Count == 0
                ? Task.CompletedTask
                : (_noneExposed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Stops everything; nothing more is written to the journal.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _closed = true;
            foreach (var file in _files.Values)
            {
                Abandon(file);
            }

            _exposed.Clear();
            _noneExposed?.TrySetResult();
            _poll.Dispose();
            _journal.Dispose();
        }
    }

    private FileState Get(ulong fileId)
    {
        if (!_files.TryGetValue(fileId, out var file))
        {
            file = new FileState(fileId);
            _files.Add(fileId, file);
        }

        return file;
    }

    private Errno Append(JournalEvent happened, ulong fileId) => _closed ? Errno.EROFS : _journal.Append(happened, fileId);

    private void Drop(FileState file)
    {
        Abandon(file);
        _files.Remove(file.FileId);
    }
}
