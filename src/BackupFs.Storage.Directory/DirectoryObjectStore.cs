using System.Buffers;
using BackupFs.Storage.Objects;

namespace BackupFs.Storage.Directory;

/// <summary>
/// A directory as an object store: an object is a file, its key is the path below the root. Needs nothing of a file system but files,
/// directories and renames, so it works on Windows' disks and on shares. Thread-safe; several processes may use one directory.
/// </summary>
/// <remarks>
/// <para>A file is written below <c>.backupfs</c>, made durable and then moved to its place; it is never changed there. The tag is its
/// length and the time that it was given, to 100 ns.</para>
/// <para>An object without bytes is not opened: so is nothing else that has none, such as a FIFO, which would wait for a writer.</para>
/// </remarks>
public sealed partial class DirectoryObjectStore : IObjectStore
{
    internal const string TemporaryFolder = "temporary";
    private readonly DirectoryStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ListingPages _pages;
    private readonly Placement _placement;
    private readonly RootLock _lock;
    private long _lastWritten;
    private int _hasTidied;

    /// <summary>A store; nothing is looked at yet.</summary>
    /// <param name="options">Which directory.</param>
    /// <param name="time">The clock that objects get their times from.</param>
    public DirectoryObjectStore(DirectoryStoreOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        (_options, _time) = (options, time);
        Paths = new ObjectPaths(options.Root, options.WindowsNames);
        _pages = new ListingPages(Paths, time);
        _placement = new Placement(Paths, time);
        _lock = new RootLock(Paths.Own("lock"), time);
    }

    /// <inheritdoc/>
    public string Scheme => _options.Scheme;

    /// <inheritdoc/>
    public string Location => $"{Scheme}://{(Paths.Root.StartsWith('/') ? "" : "/")}{Paths.Root.Replace('\\', '/')}";

    /// <inheritdoc/>
    public ObjectStoreLimits Limits { get; } = new(
        MaximumPutSize: 1L << 30,
        MinimumPartSize: 1,
        MaximumPartSize: 256L << 20,
        PartSizeMultiple: 1,
        MaximumParts: int.MaxValue,
        MaximumObjectSize: 1L << 53,
        PartsInOrder: true,
        PartCopy: false,
        Conditions: true,
        ObjectsAreFiles: true);

    /// <summary>Where files go that are written in any order; made when a backup is started.</summary>
    public string SpoolDirectory => Paths.Own("spool");

    internal ObjectPaths Paths { get; }

    /// <summary>The store of a location, for the composition root; nothing is looked at.</summary>
    /// <exception cref="StorageException">InvalidArgument.</exception>
    public static DirectoryObjectStore Create(StorageUrl url, TimeProvider time) => new(DirectoryStoreOptions.Of(url), time);

    /// <inheritdoc/>
    public ValueTask<StorageResult<ObjectPage>> ListAsync(ObjectListing listing, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(listing);
        return DoAsync<ObjectPage>("listing", listing.Prefix, () => new(_pages.Read(listing, cancellationToken)), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<ObjectInfo>> GetInfoAsync(string key, CancellationToken cancellationToken) =>
        DoAsync<ObjectInfo>("looking for", key, () => new(Find(key) ?? (StorageResult<ObjectInfo>)StorageError.NotFound), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return DoAsync<Done>(
            "deleting",
            keys.Count > 0 ? keys[0] : "",
            () =>
            {
                StorageError? first = null;
                foreach (var key in keys)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    first ??= Delete(key);
                }

                // One of each directory: the deletions are durable when that is.
                foreach (var key in keys.Where(key => Paths.Find(key) is not null).DistinctBy(BackupPath.Parent, StringComparer.Ordinal))
                {
                    Paths.Prune(key);
                }

                return new(first is null ? Done.Ok : first);
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> PrepareAsync(string key, CancellationToken cancellationToken) => DoAsync<Done>(
        "preparing",
        key,
        () =>
        {
            System.IO.Directory.CreateDirectory(SpoolDirectory);
            var backup = key.TrimEnd('/');
            if (System.IO.Directory.Exists(Paths.PathOf(ReservedPaths.Staged(BackupPath.Parent(backup), BackupPath.LastSegment(backup)))))
            {
                return new(new StorageError(
                    StorageErrorKind.AlreadyExists, $"'{BackupPath.Printable(backup)}' is being written by a mount of file://{Paths.Root}"));
            }

            if (Interlocked.Exchange(ref _hasTidied, 1) == 0)
            {
                new Leftovers(Paths, _time).Remove();
            }

            return new(Done.Ok);
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask CloseAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>What is stored under a key; null if nothing is.</summary>
    internal ObjectInfo? Find(string key)
    {
        if (Paths.Find(key) is not { } path)
        {
            return null;
        }

        var file = new FileInfo(path);
        return file.Exists && !ObjectPaths.IsLink(path) ? KeyWalk.Info(key, file.Length, file.LastWriteTimeUtc) : null;
    }

    /// <summary>A time for an object: now, and later than the one before.</summary>
    internal DateTime NextTime()
    {
        while (true)
        {
            var last = Interlocked.Read(ref _lastWritten);
            var next = Math.Max(last + 1, _time.GetUtcNow().UtcTicks);
            if (Interlocked.CompareExchange(ref _lastWritten, next, last) == last)
            {
                return new DateTime(next, DateTimeKind.Utc);
            }
        }
    }

    /// <summary>Runs an operation off the calling thread, and maps what goes wrong.</summary>
    internal static async ValueTask<StorageResult<T>> DoAsync<T>(
        string operation, string key, Func<ValueTask<StorageResult<T>>> run, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return await Task.Run(async () => await run().ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (DirectoryErrors.IsExpected(exception))
        {
            return DirectoryErrors.Map(exception, $"{operation} '{BackupPath.Printable(key)}'");
        }
    }

    private StorageError? Delete(string key)
    {
        if (Paths.Find(key) is not { } path)
        {
            return null;
        }

        try
        {
            File.Delete(path);
            return null;
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A directory is no object.
            return System.IO.Directory.Exists(path) || !File.Exists(path)
                ? null
                : DirectoryErrors.Map(exception, $"deleting '{BackupPath.Printable(key)}'");
        }
    }
}
