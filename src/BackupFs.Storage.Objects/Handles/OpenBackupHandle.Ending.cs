using System.Buffers;
using System.Collections.Concurrent;

namespace BackupFs.Storage.Objects;

/// <content>End and abort.</content>
internal sealed partial class OpenBackupHandle
{
    /// <summary>Files whose checksums are computed, or objects that are copied, at the same time.</summary>
    private const int Parallelism = 8;

    /// <summary>The manifest of an end that may have been stored; null when there was none.</summary>
    private ManifestDocument? _uncertain;

    public async ValueTask EndBackupAsync(BackupNotes notes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(notes);
        RequireReadWrite("EndBackup");
        await WhenIdleAsync(cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            if (_phase is not (Phase.Open or Phase.Uncertain))
            {
                throw new StorageException(StorageErrorKind.Busy, "the backup is being ended already");
            }

            if (_phase == Phase.Open && Errors.Error is { } error)
            {
                throw error.ToException();
            }

            _phase = Phase.Ending;
        }

        try
        {
            await EndAsync(notes, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            lock (_gate)
            {
                _phase = _phase == Phase.Ending ? (_uncertain is null ? Phase.Open : Phase.Uncertain) : _phase;
            }

            throw;
        }

        await TidyUpAsync().ConfigureAwait(false);
    }

    public async ValueTask AbortBackupAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_phase == Phase.Aborted)
            {
                return;
            }
        }

        RequireReadWrite("AbortBackup");
        lock (_gate)
        {
            if (_phase == Phase.Ending)
            {
                throw new StorageException(StorageErrorKind.Busy, "the backup is being ended");
            }

            // Nothing can be added from now on, and nothing that was is needed.
            _phase = Phase.Uncertain;
        }

        foreach (var (_, content) in _tree.Contents())
        {
            await content.DiscardAsync().ConfigureAwait(false);
        }

        AddStream[] adding;
        lock (_gate)
        {
            adding = [.. _adding];
        }

        foreach (var stream in adding)
        {
            stream.Abort();
        }

        await WhenIdleAsync(cancellationToken).ConfigureAwait(false);
        await _journal.DisposeAsync().ConfigureAwait(false);
        if (await _storage.AbortUploadsAsync(Directory, Name, cancellationToken).ConfigureAwait(false) is { } error
            || (error = await _storage.DeleteContentAsync(Directory, Name, cancellationToken).ConfigureAwait(false)) is not null
            || (error = await _claim.ReleaseAsync(cancellationToken).ConfigureAwait(false)) is not null)
        {
            throw error.ToException();
        }

        lock (_gate)
        {
            _phase = Phase.Aborted;
        }

        _storage.Forget(this);
    }

    private async Task EndAsync(BackupNotes notes, CancellationToken cancellationToken)
    {
        var key = _prefix + BackupManifest.FileName;
        if (_uncertain is not null && await IsStoredAsync(key, _uncertain.Bytes, cancellationToken).ConfigureAwait(false))
        {
            Complete(_uncertain.Manifest);
            return;
        }

        // Whatever the last try left there is not the backup's manifest.
        if (_uncertain is not null)
        {
            Require(await _context.Store.DeleteAsync([key], cancellationToken).ConfigureAwait(false));
            _uncertain = null;
        }

        var contents = _tree.Contents();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(contents, options, async (entry, token) =>
        {
            // A file without a single write has not been stored yet, either.
            var flushed = await entry.Content.Bytes.FlushAsync(token).ConfigureAwait(false);
            if (!flushed.IsOk)
            {
                RecordLasting(flushed.Error, entry.Path);
                throw flushed.Error.ToException();
            }
        }).ConfigureAwait(false);
        await new KeySettlement(_context, _tree, _prefix, Parallelism).RunAsync(contents, cancellationToken).ConfigureAwait(false);
        await WhenIdleAsync(cancellationToken).ConfigureAwait(false);

        var sums = new ConcurrentDictionary<OpenContent, FileChecksums>();
        await Parallel.ForEachAsync(contents, options, async (entry, token) =>
        {
            var sum = await entry.Content.Bytes.GetChecksumsAsync(token).ConfigureAwait(false);
            if (!sum.IsOk)
            {
                RecordLasting(sum.Error, entry.Path);
                throw sum.Error.ToException();
            }

            sums[entry.Content] = sum.Value;
        }).ConfigureAwait(false);

        var manifest = DescribeManifest(notes, sums);
        await CompareWithStoreAsync(contents, cancellationToken).ConfigureAwait(false);
        using var document = new MemoryStream();
        await ManifestSerializer.WriteAsync(manifest, document, cancellationToken).ConfigureAwait(false);
        var bytes = document.ToArray();

        // Nobody else may have taken the backup for abandoned.
        if (await _claim.RefreshAsync(HeldClaim.RefreshInterval, cancellationToken).ConfigureAwait(false) is { } lost)
        {
            throw lost.ToException();
        }

        _uncertain = new ManifestDocument(manifest, bytes);
        var put = await PutManifestAsync(key, bytes).ConfigureAwait(false);
        if (!put.IsOk && !await IsStoredAsync(key, bytes, CancellationToken.None).ConfigureAwait(false))
        {
            if (!put.Error.IsTransient)
            {
                _uncertain = null;
            }

            throw put.Error.ToException();
        }

        Complete(manifest);
    }

    private async Task<StorageResult<ObjectInfo>> PutManifestAsync(string key, byte[] bytes)
    {
        // Not cancelled: a put whose outcome is unknown is worse than a wait.
        var heeds = await _storage.Claims.HeedsConditionsAsync(_storage.Keys.Control(Directory), CancellationToken.None).ConfigureAwait(false);
        var condition = heeds is { IsOk: true, Value: true } ? PutCondition.Absent : PutCondition.None;
        return await _context.Store.PutAsync(key, new ReadOnlySequence<byte>(bytes), condition, CancellationToken.None).ConfigureAwait(false);
    }

    private async Task<bool> IsStoredAsync(string key, byte[] bytes, CancellationToken cancellationToken)
    {
        var there = await ObjectLister.ReadSealedAsync(_context.Store, key, cancellationToken).ConfigureAwait(false);
        return there.IsOk && there.Value.AsSpan().SequenceEqual(bytes);
    }

    private void Complete(BackupManifest manifest)
    {
        lock (_gate)
        {
            (_manifest, _uncertain, _phase) = (manifest, null, Phase.Complete);
        }
    }

    /// <summary>The backup is complete; what fails here is tried again by the next recovery.</summary>
    private async Task TidyUpAsync()
    {
        await _journal.DisposeAsync().ConfigureAwait(false);
        var error = await _storage.DeleteControlAsync(Directory, Name, CancellationToken.None).ConfigureAwait(false)
            ?? await _claim.ReleaseAsync(CancellationToken.None).ConfigureAwait(false);
        _storage.Forget(this);
        if (error is not null)
        {
            _claim.Dispose();
            ObjectStorageLog.NotTidied(_context.Logger, Directory, Name, error.ToString());
        }
    }

    /// <summary>The last look: the store has exactly the objects that the manifest will speak of.</summary>
    private async Task CompareWithStoreAsync(List<(string Path, OpenContent Content)> contents, CancellationToken cancellationToken)
    {
        var listed = await ObjectLister.ListAllAsync(_context.Store, _prefix, cancellationToken).ConfigureAwait(false);
        Require(listed);
        var there = listed.Value.ToDictionary(info => info.Key, StringComparer.Ordinal);
        foreach (var (path, content) in contents)
        {
            var stored = content.Bytes.Stored!;
            if (!there.Remove(stored.Key, out var info) || info.Size != stored.Size || info.Tag != stored.Tag)
            {
                var error = new StorageError(
                    StorageErrorKind.Corrupt,
                    $"'{BackupPath.Printable(path)}' is not in the store as it was stored: {(info is null ? "it is missing" : "it was replaced")}");
                Errors.RecordError(error, path);
                throw error.ToException();
            }
        }

        // What nobody here has put there does not become part of the backup; leftovers of ours are deleted.
        var leftovers = _tree.Keys.Leftovers.Where(there.Remove).ToList();
        if (leftovers.Count > 0)
        {
            Require(await _context.Store.DeleteAsync(leftovers, cancellationToken).ConfigureAwait(false));
        }

        if (there.Count > 0)
        {
            throw new StorageException(
                StorageErrorKind.Corrupt,
                $"the store has {there.Count} object(s) in this backup that were not written through it, for example '{BackupPath.Printable(there.Keys.First())}': remove them, then end the backup again");
        }
    }

    private BackupManifest DescribeManifest(BackupNotes notes, ConcurrentDictionary<OpenContent, FileChecksums> sums)
    {
        return new BackupManifest
        {
            Format = BackupManifest.CurrentFormat,
            Started = StartTime,
            Ended = Timestamp.From(_context.Time.GetUtcNow()),
            Host = Environment.MachineName,
            Notes = notes,
            Entries = _tree.Describe(node => sums[(OpenContent)node.Content!]),
        };
    }

    /// <summary>What may go better the next time does not have to be repaired first.</summary>
    private void RecordLasting(StorageError error, string path)
    {
        if (!error.IsTransient)
        {
            Errors.RecordError(error, path);
        }
    }

    private static void Require<T>(StorageResult<T> result)
    {
        if (!result.IsOk)
        {
            throw result.Error.ToException();
        }
    }

    /// <summary>A manifest and what is stored of it.</summary>
    private sealed record ManifestDocument(BackupManifest Manifest, byte[] Bytes);
}
