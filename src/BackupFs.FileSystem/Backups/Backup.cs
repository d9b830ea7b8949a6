using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>A backup as the mount knows it: open by this mount, or stored.</summary>
public sealed class Backup : IDisposable
{
    private readonly ReaderWriterLockSlim _names = new(LockRecursionPolicy.NoRecursion);
    private readonly Action<Backup> _onUnreferenced;
    private long _namesVersion;

    internal Backup(IBackupHandle handle, OpenBackup? open, bool isPartial, Action<Backup> onUnreferenced)
    {
        Handle = handle;
        Open = open;
        IsPartial = isPartial;
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
    internal OpenBackup? Open { get; private set; }

    /// <summary>Whether it is shown with <see cref="PartialSuffix"/>.</summary>
    internal bool IsPartial { get; private set; }

    /// <summary>Files that a removal in progress has made invisible; null when none is going on.</summary>
    internal Removal? Removal { get; set; }

    /// <summary>Whether nothing in it changes any more, not even behind our back.</summary>
    internal bool IsImmutable => Open is null && Handle.State == BackupState.Complete;

    /// <summary>How long what was said of its entries stays true.</summary>
    internal TimeSpan EntryLifetime =>
        Removal is null && (Open is not null || Handle.State is BackupState.Complete or BackupState.Open)
            ? Lifetimes.Ours
            : Lifetimes.Shared;

    /// <summary>Goes up with every rename: cached paths of an older version are made anew. Under the names lock.</summary>
    internal long NamesVersion => _namesVersion;

    /// <summary>
    /// The names lock: paths are made and given to the storage under it, so that a rename cannot come between. A
    /// storage of local speed has finished when its method returns, so the lock covers the whole operation.
    /// </summary>
    internal NamesScope LockNames() => new(_names, write: false);

    /// <summary>The names lock, for renames, unlinks and what else changes the names of inodes.</summary>
    internal NamesScope LockNamesForChange() => new(_names, write: true);

    internal void NamesChanged() => _namesVersion++;

    /// <summary>The backup has ended: from now on it is a stored one under its own name.</summary>
    internal void BecomeComplete()
    {
        IsPartial = false;
        Open = null;
    }

    internal void OnUnreferenced() => _onUnreferenced(this);

    /// <summary>Frees the storage's handle. Nobody refers to the backup any more.</summary>
    public void Dispose()
    {
        Handle.Dispose();
        _names.Dispose();
    }

    internal readonly ref struct NamesScope
    {
        private readonly ReaderWriterLockSlim _lock;
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
                _lock.ExitWriteLock();
            }
            else
            {
                _lock.ExitReadLock();
            }
        }
    }
}
