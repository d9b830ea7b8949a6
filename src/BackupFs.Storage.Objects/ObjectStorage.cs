using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace BackupFs.Storage.Objects;

/// <summary>
/// Backups on an object store: Vitess's layout of keys, and what makes a directory a transaction. A backup is complete when its
/// manifest is there, and its name is taken while its owner object is, see <see cref="ObjectKeys"/>. Thread-safe.
/// </summary>
public sealed partial class ObjectStorage : IBackupStorage
{
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<OpenBackupHandle, byte> _open = new();
    private readonly ManifestCache _manifests;
    private readonly ITimer _refresh;
    private readonly Timestamp _started;
    private int _isRefreshing;

    /// <summary>A storage; nothing is contacted yet.</summary>
    /// <param name="store">Where the objects are; used by nobody else.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">For what nobody is there to be told.</param>
    /// <exception cref="StorageException">InvalidArgument for options that make no sense; the spool's or cache's error.</exception>
    public ObjectStorage(IObjectStore store, ObjectStorageOptions options, TimeProvider time, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        _logger = logger;
        _started = Timestamp.From(time.GetUtcNow());
        var bounded = new BoundedObjectStore(store, options.Requests);
        Keys = new ObjectKeys(store.Limits.BucketPerDirectory);
        Context = TransferContext.Create(bounded, options, time, logger);
        _manifests = new ManifestCache(Context);
        Claims = new ClaimBoard(bounded, Keys, time, logger);
        _refresh = time.CreateTimer(_ => _ = RefreshAsync(), null, HeldClaim.RefreshInterval, HeldClaim.RefreshInterval);
    }

    /// <inheritdoc/>
    public string Scheme => Store.Scheme;

    /// <inheritdoc/>
    public string Location => Store.Location;

    /// <inheritdoc/>
    public StorageCapabilities Capabilities { get; } = new(
        RandomWrites: true, Rename: true, LocalDescriptors: false, RealDirectories: false, LocalSpeed: false);

    internal ObjectKeys Keys { get; }

    internal TransferContext Context { get; }

    internal ClaimBoard Claims { get; }

    private IObjectStore Store => Context.Store;

    /// <inheritdoc/>
    public async ValueTask<IBackupHandle> StartBackupAsync(string directory, string name, CancellationToken cancellationToken)
    {
        BackupPath.RequireBackup(directory, name);
        RequireOk(await Store.PrepareAsync(ObjectKeys.Backup(directory, name), cancellationToken).ConfigureAwait(false), directory, name);
        var claim = await Claims.TakeAsync(directory, name, OwnerPurpose.Write, cancellationToken).ConfigureAwait(false);
        if (!claim.IsOk)
        {
            throw Exception(claim.Error, directory, name);
        }

        try
        {
            var around = BackupAroundAsync(directory, cancellationToken);
            var taken = await ObjectLister.AnyAsync(Store, ObjectKeys.Backup(directory, name), cancellationToken).ConfigureAwait(false);
            var inside = await around.ConfigureAwait(false);
            var error = taken.Error ?? inside.Error
                ?? (taken.Value ? new StorageError(StorageErrorKind.AlreadyExists) : null)
                ?? (inside.Value ? new StorageError(StorageErrorKind.NotADirectory) : null);
            if (error is not null)
            {
                throw Exception(error, directory, name);
            }
        }
        catch
        {
            await claim.Value.ReleaseAsync(CancellationToken.None).ConfigureAwait(false);
            claim.Value.Dispose();
            throw;
        }

        var handle = new OpenBackupHandle(this, Context, claim.Value);
        _open[handle] = 0;
        return handle;
    }

    /// <inheritdoc/>
    public async ValueTask RemoveBackupAsync(string directory, string name, CancellationToken cancellationToken)
    {
        BackupPath.RequireBackup(directory, name);
        var found = await Claims.FindAsync(directory, name, cancellationToken).ConfigureAwait(false);
        if (!found.IsOk)
        {
            throw Exception(found.Error, directory, name);
        }

        if (found.Value is { IsLive: true })
        {
            throw new StorageException(StorageErrorKind.Busy, $"the backup '{Printable(directory, name)}' is open for writing, or being removed");
        }

        if (found.Value is null)
        {
            var any = await ObjectLister.AnyAsync(Store, ObjectKeys.Backup(directory, name), cancellationToken).ConfigureAwait(false);
            if (!any.IsOk)
            {
                throw Exception(any.Error, directory, name);
            }

            if (!any.Value)
            {
                return;
            }
        }

        // From here on the name is ours: nobody starts a backup among objects that are being deleted.
        var claim = found.Value is { } abandoned
            ? await Claims.TakeOverAsync(abandoned, OwnerPurpose.Remove, cancellationToken).ConfigureAwait(false)
            : await Claims.TakeAsync(directory, name, OwnerPurpose.Remove, cancellationToken).ConfigureAwait(false);
        if (!claim.IsOk)
        {
            throw claim.Error.Kind == StorageErrorKind.AlreadyExists
                ? new StorageException(StorageErrorKind.Busy, $"the backup '{Printable(directory, name)}' was just taken by somebody else")
                : Exception(claim.Error, directory, name);
        }

        using var held = claim.Value;
        await RemoveClaimedAsync(held, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask CloseAsync(CancellationToken cancellationToken)
    {
        Context.Readers.Ahead.DropBelow("");
        await Store.CloseAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<IBackupHandle> ResumeBackupAsync(string directory, string name, CancellationToken cancellationToken)
    {
        BackupPath.RequireBackup(directory, name);
        var found = await Claims.FindAsync(directory, name, cancellationToken).ConfigureAwait(false);
        if (!found.IsOk)
        {
            throw Exception(found.Error, directory, name);
        }

        if (found.Value is not { } abandoned || abandoned.Owner is { Purpose: OwnerPurpose.Remove })
        {
            throw new StorageException(StorageErrorKind.NotFound, $"the backup '{Printable(directory, name)}' is not an unfinished backup");
        }

        if (abandoned.IsLive)
        {
            throw new StorageException(
                StorageErrorKind.Busy,
                abandoned.IsHere || abandoned.Owner is null
                    ? $"the backup '{Printable(directory, name)}' is open in another process"
                    : $"the backup '{Printable(directory, name)}' is open on {BackupPath.Printable(abandoned.Owner.Process.Host)}, or was until a few minutes ago");
        }

        var manifest = await Store.GetInfoAsync(ManifestKey(directory, name), cancellationToken).ConfigureAwait(false);
        if (manifest.IsOk)
        {
            throw new StorageException(StorageErrorKind.NotFound, $"the backup '{Printable(directory, name)}' is complete");
        }

        if (manifest.Error.Kind != StorageErrorKind.NotFound)
        {
            throw Exception(manifest.Error, directory, name);
        }

        var claim = await Claims.TakeOverAsync(abandoned, OwnerPurpose.Write, cancellationToken).ConfigureAwait(false);
        if (!claim.IsOk)
        {
            throw claim.Error.Kind == StorageErrorKind.AlreadyExists
                ? new StorageException(StorageErrorKind.Busy, $"the backup '{Printable(directory, name)}' was just taken by somebody else")
                : Exception(claim.Error, directory, name);
        }

        var handle = new OpenBackupHandle(this, Context, claim.Value);
        try
        {
            // Nobody else uploads to it any more; parts of files that were never whole are of no use.
            if (await AbortUploadsAsync(directory, name, cancellationToken).ConfigureAwait(false) is { } error)
            {
                throw Exception(error, directory, name);
            }

            await new BackupResumption(Context, Keys, handle).RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            handle.Dispose();
            throw;
        }

        _open[handle] = 0;
        return handle;
    }

    internal static string Printable(string directory, string name) => BackupPath.Printable(BackupPath.Join(directory, name));

    /// <summary>A handle is no longer open.</summary>
    internal void Forget(OpenBackupHandle handle) => _open.TryRemove(handle, out _);

    /// <summary>Deletes everything of a backup but the claim: the manifest first, so that it is complete no longer.</summary>
    internal async ValueTask<StorageError?> DeleteContentAsync(string directory, string name, CancellationToken cancellationToken)
    {
        var deleted = await Store.DeleteAsync([ManifestKey(directory, name)], cancellationToken).ConfigureAwait(false);
        return deleted.Error
            ?? await DeleteBelowAsync(ObjectKeys.Backup(directory, name), cancellationToken).ConfigureAwait(false)
            ?? await DeleteControlAsync(directory, name, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Deletes what is kept of a backup only while it is open, but for the claim.</summary>
    internal async ValueTask<StorageError?> DeleteControlAsync(string directory, string name, CancellationToken cancellationToken) =>
        (await Store.DeleteAsync([Keys.Journal(directory, name)], cancellationToken).ConfigureAwait(false)).Error
        ?? await DeleteBelowAsync(Keys.Data(directory, name), cancellationToken).ConfigureAwait(false);

    private static string ManifestKey(string directory, string name) => ObjectKeys.File(directory, name, BackupManifest.FileName);

    private static StorageException Exception(StorageError error, string directory, string name) => (error.Message.Length > 0, error.Kind) switch
    {
        (_, StorageErrorKind.AlreadyExists) =>
            new StorageException(StorageErrorKind.AlreadyExists, $"the backup '{Printable(directory, name)}' exists already, or is being written or removed"),
        (_, StorageErrorKind.NotADirectory) =>
            new StorageException(StorageErrorKind.NotADirectory, $"the backup '{Printable(directory, name)}' would lie inside another backup"),
        (false, _) => (error with { Message = $"the backup '{Printable(directory, name)}': {error.Kind}" }).ToException(),
        _ => error.ToException(),
    };

    private static void RequireOk(StorageResult<Done> result, string directory, string name)
    {
        if (!result.IsOk)
        {
            throw Exception(result.Error, directory, name);
        }
    }

    /// <summary>Whether a directory is, or lies in, a backup of ours.</summary>
    private async Task<StorageResult<bool>> BackupAroundAsync(string directory, CancellationToken cancellationToken)
    {
        var paths = new List<string>();
        for (var path = directory; path.Length > 0; path = BackupPath.Parent(path))
        {
            paths.Add(path);
        }

        var looks = paths.Select(async path =>
        {
            var (parent, last) = (BackupPath.Parent(path), BackupPath.LastSegment(path));
            var manifest = await Store.GetInfoAsync(ManifestKey(parent, last), cancellationToken).ConfigureAwait(false);
            if (manifest.IsOk || manifest.Error.Kind != StorageErrorKind.NotFound)
            {
                return manifest.IsOk ? true : (StorageResult<bool>)manifest.Error;
            }

            var owner = await Store.GetInfoAsync(Keys.Owner(parent, last), cancellationToken).ConfigureAwait(false);
            return owner.IsOk ? true : owner.Error.Kind == StorageErrorKind.NotFound ? false : owner.Error;
        });
        foreach (var look in await Task.WhenAll(looks).ConfigureAwait(false))
        {
            if (!look.IsOk || look.Value)
            {
                return look;
            }
        }

        return false;
    }

    private async Task RemoveClaimedAsync(HeldClaim claim, CancellationToken cancellationToken)
    {
        Context.Readers.Ahead.DropBelow(ObjectKeys.Backup(claim.Directory, claim.Name));
        var error = await AbortUploadsAsync(claim.Directory, claim.Name, cancellationToken).ConfigureAwait(false)
            ?? await DeleteContentAsync(claim.Directory, claim.Name, cancellationToken).ConfigureAwait(false)
            ?? await claim.ReleaseAsync(cancellationToken).ConfigureAwait(false);
        if (error is not null)
        {
            throw Exception(error, claim.Directory, claim.Name);
        }
    }

    private async ValueTask<StorageError?> DeleteBelowAsync(string prefix, CancellationToken cancellationToken)
    {
        var listed = await ObjectLister.ListAllAsync(Store, prefix, cancellationToken).ConfigureAwait(false);
        return listed.Error ?? (listed.Value.Count == 0
            ? null
            : (await Store.DeleteAsync([.. listed.Value.Select(info => info.Key)], cancellationToken).ConfigureAwait(false)).Error);
    }

    private async Task RefreshAsync()
    {
        if (Interlocked.Exchange(ref _isRefreshing, 1) != 0)
        {
            return;
        }

        try
        {
            // At the same time: one that waits for a time-out must not let the others grow old.
            await Task.WhenAll(_open.Keys.Select(RefreshAsync)).ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // A claim was given up meanwhile.
        }
        finally
        {
            Interlocked.Exchange(ref _isRefreshing, 0);
        }
    }

    private async Task RefreshAsync(OpenBackupHandle handle)
    {
        if (await handle.Claim.RefreshAsync(HeldClaim.RefreshInterval / 2, CancellationToken.None).ConfigureAwait(false) is { } error)
        {
            ObjectStorageLog.NotRefreshed(_logger, handle.Directory, handle.Name, error.ToString());
            if (!error.IsTransient && !handle.Errors.HasErrors)
            {
                handle.Errors.RecordError(error, null);
            }
        }
    }
}
