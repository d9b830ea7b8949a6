using BackupFs.Storage;
using Microsoft.Extensions.Logging;

namespace BackupFs.FileSystem;

/// <summary>
/// The mounted tree and the life of backups in it: platform-free, testable without a mount. Thread-safe.
/// </summary>
/// <remarks>
/// <para>Operations are named after the system calls. They return errors as values; a storage of local speed completes them
/// synchronously, without allocating for reads, writes and attributes.</para>
/// <para>An operation that returns an <see cref="FsEntry"/> gives the caller one reference of its inode.</para>
/// </remarks>
public sealed partial class BackupFileSystem : IAsyncDisposable
{
    private const int MostDirectoryLevels = 16;

    private readonly IBackupStorage _storage;
    private readonly FileSystemOptions _options;
    private readonly IWriterObserver? _observer;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly BackupTable _backups;
    private readonly VirtualDirectories _virtualDirectories;
    private readonly Room _room;
    private readonly SharedCalls<FsResult<Backup>> _finds = new(ReleaseFound);
    private readonly SharedCalls<FsResult<EntryAttributes>> _directoryCalls = new();
    private readonly NameTurns _starts = new();
    private readonly ListingChanges _listings = new();
    private readonly BackgroundWork _background = new();
    private readonly DeferredCloses? _deferredCloses;
    private readonly LookAhead _ahead;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _idleWatch;
    private int _isDisposed;

    private BackupFileSystem(
        IBackupStorage storage, int levels, FileSystemOptions options, IWriterObserver? observer, TimeProvider time, ILogger log)
    {
        _storage = storage;
        DirectoryLevels = levels;
        _options = options;
        _observer = observer;
        _time = time;
        _log = log;
        _backups = new BackupTable(storage.Capabilities);
        _virtualDirectories = new VirtualDirectories(time);
        _room = new Room(storage, time);
        _deferredCloses = options.DeferredCloses == 0 || !MayWait ? null : new DeferredCloses(options.DeferredCloses);
        _ahead = new LookAhead(
            FindBackupAsync, (directory, name) => _backups.FindOpenByShownName(directory, name) is not null, _background, time);
        _idleWatch = WatchIdleAsync(_stopping.Token);
    }

    /// <summary>The inodes somebody refers to.</summary>
    public InodeTable Inodes { get; } = new();

    /// <summary>
    /// Whether operations may wait for a storage that is far away. Then they should get a token that is cancelled when their
    /// caller no longer wants to wait; over a storage of local speed that is not worth making one.
    /// </summary>
    public bool MayWait => !_storage.Capabilities.LocalSpeed;

    /// <summary>How many directory levels are above a backup.</summary>
    public int DirectoryLevels { get; }

    /// <summary>Whether <see cref="DirectoryLevels"/> was found out from what is stored (or taken for an empty store).</summary>
    public bool LevelsWereDetected => _options.DirectoryLevels is null;

    /// <summary>Who has to hear of changes that do not come through the platform; set before the first operation.</summary>
    public IChangeListener? Listener { get; set; }

    /// <summary>Finishes what a process that died left half done, finds out the levels, and starts.</summary>
    /// <param name="storage">Where backups are kept; stays the caller's.</param>
    /// <param name="options">How to behave.</param>
    /// <param name="observer">Watches writers; null if the platform cannot.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Where to log.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="StorageException">The storage cannot be used.</exception>
    public static async Task<BackupFileSystem> StartAsync(
        IBackupStorage storage,
        FileSystemOptions options,
        IWriterObserver? observer,
        TimeProvider time,
        ILoggerFactory loggers,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(storage);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        if (options.DirectoryLevels is < 1 or > MostDirectoryLevels)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.DirectoryLevels, $"directory levels must be 1 to {MostDirectoryLevels}");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(options.DeferredCloses, nameof(options));
        var log = loggers.CreateLogger<BackupFileSystem>();
        if (!options.ReadOnly)
        {
            await storage.RecoverAsync(cancellationToken).ConfigureAwait(false);
        }

        var levels = options.DirectoryLevels ?? await LevelDetection.DetectAsync(storage, cancellationToken).ConfigureAwait(false) ?? 1;
        FileSystemLog.Mounted(log, storage.Location, levels, options.DirectoryLevels is null ? "found out from what is stored" : "as asked for");
        return new BackupFileSystem(storage, levels, options, observer, time, log);
    }

    /// <summary>
    /// Stops watching and frees what is in hand. Backups that are still open are left for a later resume; see
    /// <see cref="DrainAsync(bool, CancellationToken)"/>. Nothing can be asked of the file system afterwards.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 1)
        {
            return;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        await _idleWatch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ahead.Dispose();
        await _background.DoneAsync().ConfigureAwait(false);
        foreach (var backup in _backups.Open)
        {
            if (backup.Open is { } open)
            {
                await open.SuspendAsync().ConfigureAwait(false);
            }

            backup.Dispose();
        }

        // After an unmount nobody gives references back.
        foreach (var backup in _backups.Stored)
        {
            backup.Dispose();
        }

        _stopping.Dispose();
    }

    /// <summary>Whether no backup is in hand: after all references were given back, and nothing is open, nothing is left.</summary>
    internal bool HasNothingInHand => _backups.Open.Count == 0 && _backups.Stored.Count == 0;

    /// <summary>Whether nothing goes on that no caller waits for.</summary>
    internal bool IsBackgroundIdle => _background.IsIdle;

    private bool HoldsBackups(DirectoryInode directory) => directory.Level == DirectoryLevels;

    private OpenBackup NewLife(IBackupHandle handle, bool isResumed) => new(handle, isResumed, _observer, _options, _time, _log);

    private void OnUnreferenced(Backup backup)
    {
        _backups.Drop(backup);
        backup.Dispose();
    }

    private static void ReleaseFound(FsResult<Backup> found)
    {
        if (found.IsOk)
        {
            found.Value.Release();
        }
    }

    /// <summary>A stored backup has come to be, or is gone: what is being asked of the storage at this moment may tell otherwise.</summary>
    private void StoredChanged(string directory, string name, bool isThere)
    {
        _listings.Changed(directory, name, isThere);
        NamesChanged(directory, name);
    }

    /// <summary>A backup is shown from now on, or no more, under its name, with or without the suffix of a partial one.</summary>
    private void NamesChanged(string directory, string name)
    {
        foreach (var path in new[] { BackupPath.Join(directory, name), BackupPath.Join(directory, name + Backup.PartialSuffix) })
        {
            _finds.Changed(path);
            _ahead.Changed(path);
        }
    }

    private EntryAttributes ShownDirectory(string path, in EntryAttributes attributes) => _storage.Capabilities.LocalDescriptors
        ? attributes
        : attributes with { FileId = ShownNumbers.OfDirectory(path) };

    /// <summary>
    /// Waits for work that must not be cut in the middle. Where the caller stops waiting, it goes on, and what came of it is undone.
    /// </summary>
    private async ValueTask<T> WaitOrUndoAsync<T>(Task<T> work, Func<T, Task> undo, CancellationToken cancellationToken)
    {
        try
        {
            return await work.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _background.Add(UndoAsync());
            throw;
        }

        async Task UndoAsync()
        {
            try
            {
                await undo(await work.ConfigureAwait(false)).ConfigureAwait(false);
            }
            catch (StorageException error)
            {
                FileSystemLog.OperationFailed(_log, "", "giving an operation up", error.Error);
            }
            catch (OperationCanceledException)
            {
                // Then there is nothing to undo.
            }
        }
    }

    private static string Printable(Backup backup, string path) => BackupPath.Printable(BackupPath.Join(backup.Path, path));
}
