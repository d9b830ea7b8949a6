using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>A backup as the mount knows it: open by this mount, or stored.</summary>
public sealed class Backup : IDisposable
{
    private readonly ReaderWriterLockSlim _names = new(LockRecursionPolicy.NoRecursion);
    private readonly Action<Backup> _onUnreferenced;
    private long _namesVersion;
    private volatile OpenBackup? _open;
    private volatile Removal? _removal;
    private volatile bool _isPartial;
    private Task<FsError>? _removing;
    private int _references = 1;

    /// <summary>A backup with one reference, which is the caller's.</summary>
    internal Backup(IBackupHandle handle, ulong rootFileId, OpenBackup? open, bool isPartial, Action<Backup> onUnreferenced)
    {
        Handle = handle;
        RootFileId = rootFileId;
        _open = open;
        _isPartial = isPartial;
        _onUnreferenced = onUnreferenced;
    }

    /// <summary>Where it is.</summary>
    public string Directory => Handle.Directory;

    /// <summary>Its name in the storage.</summary>
    public string Name => Handle.Name;

    /// <summary>Its name in the mount: with <see cref="PartialSuffix"/> while it was begun so and is not complete.</summary>
    public string ShownName => IsPartial ? Name + PartialSuffix : Name;

    /// <summary>What a backup's name ends with until a rename ends it.</summary>
    public const string PartialSuffix = ".partial";

    /// <summary>Directory and name.</summary>
    public string Path => BackupPath.Join(Directory, Name);

    internal IBackupHandle Handle { get; }

    /// <summary>Its life while this mount writes it; null for stored backups.</summary>
    internal OpenBackup? Open => _open;

    /// <summary>Whether it is shown with <see cref="PartialSuffix"/>.</summary>
    internal bool IsPartial => _isPartial;

    /// <summary>Files that a removal in progress has made invisible; null when none is going on.</summary>
    internal Removal? Removal => _removal;

    /// <summary>The FileId of its directory: another one of the same name has another.</summary>
    internal ulong RootFileId { get; }

    /// <summary>Its first file number as <see cref="ShownNumbers"/> shows them; 0 where the storage's are shown.</summary>
    internal ulong FirstNumber { get; init; }

    /// <summary>Orders the operations on its tree while it is open, where the storage may take its time; else null.</summary>
    internal TreeGate? Gate { get; init; }

    /// <summary>Whether nothing in it changes any more, not even behind our back.</summary>
    internal bool IsImmutable => Open is null && Handle.State == BackupState.Complete;

    /// <summary>How long what was said of its entries stays true.</summary>
    internal TimeSpan EntryLifetime =>
        Removal is null && (Open is not null || Handle.State is BackupState.Complete or BackupState.Open)
            ? Lifetimes.Ours
            : Lifetimes.Shared;

    /// <summary>Goes up with every rename of a directory: cached paths of an older version are made anew. Under the names lock.</summary>
    internal long NamesVersion => _namesVersion;

    /// <summary>
    /// Enters the tree for one operation by path, across its waits; before the names lock, and never twice in one operation.
    /// Only an open backup of a storage that is not of local speed makes anybody wait.
    /// </summary>
    internal ValueTask<TreeGate.Pass> EnterAsync(bool alone, CancellationToken cancellationToken) =>
        Gate is { } gate && Open is not null ? gate.EnterAsync(alone, cancellationToken) : default;

    /// <summary>The attributes of an entry with the number that is shown for it.</summary>
    internal EntryAttributes Shown(in EntryAttributes attributes) => FirstNumber == 0 ? attributes : attributes with { FileId = ShownNumber(attributes.FileId) };

    /// <summary>The number that is shown for an entry.</summary>
    internal ulong ShownNumber(ulong fileId) =>
        FirstNumber != 0 && fileId == RootFileId ? FirstNumber : ShownNumbers.OfEntry(FirstNumber, fileId);

    /// <summary>
    /// The names lock: paths are made and given to the storage under it, so that a rename cannot come between. A
    /// storage of local speed has finished when its method returns, so the lock covers the whole operation and what is
    /// learned from it.
    /// </summary>
    internal NamesScope LockNames() => new(_names, write: false);

    /// <summary>
    /// The names lock, for renames and removals. A thread that has it may take it again: bookkeeping runs under the lock of
    /// the operation where the storage answered at once, and under its own where it did not.
    /// </summary>
    internal NamesScope LockNamesForChange() => _names.IsWriteLockHeld ? default : new(_names, write: true);

    /// <summary>
    /// The removal in progress, begun now if there is none; the caller has a reference. It keeps the backup in hand: what is
    /// hidden must stay so when the kernel, short of memory, forgets the inodes.
    /// </summary>
    internal Removal BeginRemoval()
    {
        lock (_names)
        {
            if (_removal is null)
            {
                TryReference();
                _removal = new Removal();
            }

            return _removal;
        }
    }

    /// <summary>Removes it from the storage; who asks while that is under way gets the same answer. The caller has a reference.</summary>
    internal Task<FsError> RemoveOnceAsync(Func<Task<FsError>> remove)
    {
        TaskCompletionSource<FsError> removed;
        lock (_names)
        {
            if (_removing is { IsCompleted: false } underWay)
            {
                return underWay;
            }

            removed = new TaskCompletionSource<FsError>(TaskCreationOptions.RunContinuationsAsynchronously);
            _removing = removed.Task;
        }

        // Its caller may stop waiting, and give its reference back.
        TryReference();
        _ = RemoveAsync();
        return removed.Task;

        async Task RemoveAsync()
        {
            try
            {
                var error = await remove().ConfigureAwait(false);
                Release();
                removed.SetResult(error);
            }
            catch (Exception error)
            {
                Release();
                removed.SetException(error);
            }
        }
    }

    /// <summary>No removal is in progress any more; the caller has a reference.</summary>
    internal void EndRemoval()
    {
        if (Interlocked.Exchange(ref _removal, null) is not null)
        {
            Release();
        }
    }

    internal void NamesChanged() => _namesVersion++;

    /// <summary>The backup has ended: from now on it is a stored one under its own name.</summary>
    internal void BecomeComplete()
    {
        _isPartial = false;
        _open = null;
    }

    /// <summary>One more reference: held by the table of what is open, by the inode of the root, and by operations. False if there was none left.</summary>
    internal bool TryReference()
    {
        var references = Volatile.Read(ref _references);
        while (references > 0)
        {
            var before = Interlocked.CompareExchange(ref _references, references + 1, references);
            if (before == references)
            {
                return true;
            }

            references = before;
        }

        return false;
    }

    /// <summary>Gives a reference back; with the last one the storage's handle is freed. Not under a lock.</summary>
    internal void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            _onUnreferenced(this);
        }
    }

    /// <summary>Frees the storage's handle.</summary>
    public void Dispose()
    {
        Handle.Dispose();
        _names.Dispose();
    }

    internal readonly ref struct NamesScope
    {
        private readonly ReaderWriterLockSlim? _lock;
        private readonly bool _write;

        public NamesScope(ReaderWriterLockSlim @lock, bool write)
        {
            _lock = @lock;
            _write = write;
            if (write)
            {
                @lock.EnterWriteLock();
            }
            else
            {
                @lock.EnterReadLock();
            }
        }

        public void Dispose()
        {
            if (_write)
            {
                _lock?.ExitWriteLock();
            }
            else
            {
                _lock?.ExitReadLock();
            }
        }
    }
}
