namespace BackupFs.Storage.Objects;

/// <content>What processes that died have left behind.</content>
public sealed partial class ObjectStorage
{
    /// <inheritdoc/>
    public async ValueTask RecoverAsync(CancellationToken cancellationToken)
    {
        foreach (var control in await ListControlsAsync(cancellationToken).ConfigureAwait(false))
        {
            var claims = await Claims.ListAllAsync(control, cancellationToken).ConfigureAwait(false);
            if (!claims.IsOk)
            {
                throw claims.Error.ToException();
            }

            foreach (var claim in claims.Value.Where(claim => !claim.IsLive))
            {
                if (await RecoverAsync(claim, cancellationToken).ConfigureAwait(false) is { } error)
                {
                    // Nothing depends on it now; the next mount tries again.
                    ObjectStorageLog.NotRecovered(_logger, claim.Directory, claim.Name, error.ToString());
                }
            }
        }
    }

    private async ValueTask<IReadOnlyList<string>> ListControlsAsync(CancellationToken cancellationToken)
    {
        if (!Store.Limits.BucketPerDirectory)
        {
            return [Keys.Control("")];
        }

        var directories = await ObjectLister.ListDirectoriesAsync(Store, "", cancellationToken).ConfigureAwait(false);
        return directories.IsOk ? [.. directories.Value.Select(Keys.Control)] : throw directories.Error.ToException();
    }

    private async ValueTask<StorageError?> RecoverAsync(FoundClaim claim, CancellationToken cancellationToken)
    {
        if (claim.Owner is { Purpose: OwnerPurpose.Remove })
        {
            var taken = await Claims.TakeOverAsync(claim, OwnerPurpose.Remove, cancellationToken).ConfigureAwait(false);
            if (!taken.IsOk)
            {
                return taken.Error.Kind == StorageErrorKind.AlreadyExists ? null : taken.Error;
            }

            using var held = taken.Value;
            try
            {
                await RemoveClaimedAsync(held, cancellationToken).ConfigureAwait(false);
            }
            catch (StorageException exception)
            {
                return exception.Error;
            }

            ObjectStorageLog.RemovalFinished(_logger, claim.Directory, claim.Name);
            return null;
        }

        var aborted = await AbortUploadsAsync(claim.Directory, claim.Name, cancellationToken).ConfigureAwait(false);
        if (aborted is not null)
        {
            return aborted;
        }

        var manifest = await Store.GetInfoAsync(ManifestKey(claim.Directory, claim.Name), cancellationToken).ConfigureAwait(false);
        if (!manifest.IsOk)
        {
            return manifest.Error.Kind == StorageErrorKind.NotFound ? null : manifest.Error;
        }

        // It had been ended.
        return await DeleteControlAsync(claim.Directory, claim.Name, cancellationToken).ConfigureAwait(false)
            ?? await Claims.DeleteAsync(claim.Directory, claim.Name, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Aborts the uploads of a backup that nobody writes: the parts of a file that was never whole are of no use.</summary>
    internal async ValueTask<StorageError?> AbortUploadsAsync(string directory, string name, CancellationToken cancellationToken)
    {
        var count = 0;
        foreach (var prefix in new[] { ObjectKeys.Backup(directory, name), Keys.Data(directory, name) })
        {
            var uploads = await Store.ListUploadsAsync(prefix, cancellationToken).ConfigureAwait(false);
            if (!uploads.IsOk)
            {
                return uploads.Error;
            }

            foreach (var upload in uploads.Value)
            {
                var aborted = await Store.AbortUploadAsync(upload, cancellationToken).ConfigureAwait(false);
                if (!aborted.IsOk)
                {
                    return aborted.Error;
                }

                count++;
            }
        }

        if (count > 0)
        {
            ObjectStorageLog.UploadsAborted(_logger, directory, name, count);
        }

        return null;
    }
}
