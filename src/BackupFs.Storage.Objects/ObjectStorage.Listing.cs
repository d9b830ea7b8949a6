namespace BackupFs.Storage.Objects;

/// <content>Finding backups and reading what they hold.</content>
public sealed partial class ObjectStorage
{
    /// <summary>Backups looked into at the same time by a listing that has to.</summary>
    private const int LooksAtOnce = 16;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<IBackupHandle>> ListBackupsAsync(string directory, CancellationToken cancellationToken)
    {
        var handles = await FindAllAsync(directory, wantsIncomplete: false, looksInto: true, cancellationToken).ConfigureAwait(false);
        return [.. handles.Where(handle => handle.State is BackupState.Complete or BackupState.Foreign)];
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> ListBackupNamesAsync(string directory, CancellationToken cancellationToken)
    {
        var handles = await FindAllAsync(directory, wantsIncomplete: false, looksInto: false, cancellationToken).ConfigureAwait(false);
        return [.. handles.Where(handle => handle.State is BackupState.Complete or BackupState.Foreign).Select(handle => handle.Name)];
    }

    /// <inheritdoc/>
    public async ValueTask<bool> HasManifestAsync(string directory, string name, CancellationToken cancellationToken)
    {
        BackupPath.RequireBackup(directory, name);
        foreach (var file in new[] { BackupManifest.FileName, VitessNames.ManifestFileName })
        {
            var info = await Store.GetInfoAsync(ObjectKeys.File(directory, name, file), cancellationToken).ConfigureAwait(false);
            if (info.IsOk || info.Error.Kind != StorageErrorKind.NotFound)
            {
                return info.IsOk ? true : throw Exception(info.Error, directory, name);
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<IBackupHandle>> ListIncompleteAsync(string directory, CancellationToken cancellationToken)
    {
        var handles = await FindAllAsync(directory, wantsIncomplete: true, looksInto: false, cancellationToken).ConfigureAwait(false);
        return [.. handles.Where(handle => handle.State == BackupState.Incomplete)];
    }

    /// <inheritdoc/>
    public async ValueTask<IBackupHandle?> FindBackupAsync(string directory, string name, CancellationToken cancellationToken)
    {
        BackupPath.RequireBackup(directory, name);
        var manifest = await ReadManifestAsync(directory, name, cancellationToken).ConfigureAwait(false);
        if (manifest.IsOk || manifest.Error.Kind is StorageErrorKind.Corrupt or StorageErrorKind.Unsupported)
        {
            var complete = new StoredBackupHandle(this, directory, name, BackupState.Complete, default);
            if (manifest.IsOk)
            {
                complete.Set(manifest.Value);
            }
            else
            {
                complete.Set(manifest.Error);
            }

            return complete;
        }

        if (manifest.Error.Kind != StorageErrorKind.NotFound)
        {
            throw Exception(manifest.Error, directory, name);
        }

        var looking = Claims.FindAsync(directory, name, cancellationToken).AsTask();
        var any = await ObjectLister.AnyAsync(Store, ObjectKeys.Backup(directory, name), cancellationToken).ConfigureAwait(false);
        var claim = await looking.ConfigureAwait(false);
        if ((claim.Error ?? any.Error) is { } error)
        {
            throw Exception(error, directory, name);
        }

        if (claim.Value is { } found)
        {
            return IsShownIncomplete(found)
                ? new StoredBackupHandle(this, directory, name, BackupState.Incomplete, found.Owner?.Started ?? default)
                : null;
        }

        if (!any.Value)
        {
            return null;
        }

        return await LookIntoAsync(directory, name, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A backup's manifest and tree. NotFound; Corrupt; Unsupported.</summary>
    internal ValueTask<StorageResult<LoadedManifest>> ReadManifestAsync(string directory, string name, CancellationToken cancellationToken) =>
        _manifests.ReadAsync(ManifestKey(directory, name), ObjectKeys.Backup(directory, name), cancellationToken);

    /// <summary>The tree of a backup without a manifest, as the store's listing (and the journal, if there is one) has it.</summary>
    internal async ValueTask<StorageResult<StoredTree>> ListTreeAsync(
        string directory, string name, bool isIncomplete, CancellationToken cancellationToken)
    {
        var found = isIncomplete
            ? await UnfinishedBackup.ReadAsync(Context, Keys, directory, name, cancellationToken).ConfigureAwait(false)
            : default;
        if (isIncomplete)
        {
            return found.IsOk
                ? new StoredTree(Context, found.Value.Build((stored, _) => new StoredContent(stored, null)).Root)
                : found.Error;
        }

        var prefix = ObjectKeys.Backup(directory, name);
        var listed = await ObjectLister.ListAllAsync(Store, prefix, cancellationToken).ConfigureAwait(false);
        if (!listed.IsOk)
        {
            return listed.Error;
        }

        var time = listed.Value.Count == 0 ? default : listed.Value.Max(info => info.Modified);
        return new StoredTree(Context, new TreeBuilder(time).FromObjects(listed.Value, prefix));
    }

    /// <summary>The sizes of all objects of a backup, by path.</summary>
    internal async ValueTask<StorageResult<Dictionary<string, long>>> ListObjectsAsync(
        string directory, string name, CancellationToken cancellationToken)
    {
        var prefix = ObjectKeys.Backup(directory, name);
        var listed = await ObjectLister.ListAllAsync(Store, prefix, cancellationToken).ConfigureAwait(false);
        return listed.IsOk
            ? listed.Value.ToDictionary(info => info.Key[prefix.Length..], info => info.Size, StringComparer.Ordinal)
            : listed.Error;
    }

    private static bool IsShownIncomplete(FoundClaim claim) =>
        claim.Owner is not { Purpose: OwnerPurpose.Remove } && (!claim.IsLive || !claim.IsHere);

    private async Task<IReadOnlyList<StoredBackupHandle>> FindAllAsync(
        string directory, bool wantsIncomplete, bool looksInto, CancellationToken cancellationToken)
    {
        if (BackupPath.CheckDirectory(directory) is { } invalid)
        {
            throw invalid.ToException();
        }

        var claiming = Claims.ListAsync(directory, cancellationToken).AsTask();
        var prefix = directory.Length == 0 ? "" : directory + "/";
        var listed = await ObjectLister.ListDirectoriesAsync(Store, prefix, cancellationToken).ConfigureAwait(false);
        var claims = await claiming.ConfigureAwait(false);
        if ((listed.Error ?? claims.Error) is { } error)
        {
            throw error.ToException();
        }

        var handles = new List<StoredBackupHandle>();
        var claimed = claims.Value.ToDictionary(claim => claim.Name, StringComparer.Ordinal);
        foreach (var claim in claims.Value)
        {
            // Ended, but its owner died before it could say so: then the manifest is there.
            var manifest = await Store.GetInfoAsync(ManifestKey(directory, claim.Name), cancellationToken).ConfigureAwait(false);
            if (!manifest.IsOk && manifest.Error.Kind != StorageErrorKind.NotFound)
            {
                throw Exception(manifest.Error, directory, claim.Name);
            }

            if (manifest.IsOk)
            {
                handles.Add(new StoredBackupHandle(this, directory, claim.Name, BackupState.Complete, claim.Owner?.Started ?? default));
            }
            else if (IsShownIncomplete(claim))
            {
                handles.Add(new StoredBackupHandle(this, directory, claim.Name, BackupState.Incomplete, claim.Owner?.Started ?? default));
            }
        }

        var names = listed.Value.Where(name => !claimed.ContainsKey(name) && BackupPath.CheckBackup(directory, name) is null).ToList();
        var looked = names.Where(name => looksInto || VitessNames.IsBackupName(name)).ToList();
        if (!looksInto && !wantsIncomplete)
        {
            handles.AddRange(names.Except(looked, StringComparer.Ordinal)
                .Select(name => new StoredBackupHandle(this, directory, name, BackupState.Complete, default)));
        }

        var found = new System.Collections.Concurrent.ConcurrentBag<StoredBackupHandle>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = LooksAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(looked, options, async (name, token) =>
        {
            if (await LookIntoAsync(directory, name, token).ConfigureAwait(false) is { } handle)
            {
                found.Add(handle);
            }
        }).ConfigureAwait(false);
        handles.AddRange(found);
        handles.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name));
        return handles;
    }

    /// <summary>Finds out the state of what has no claim: one request, two for what Vitess wrote.</summary>
    private async Task<StoredBackupHandle?> LookIntoAsync(string directory, string name, CancellationToken cancellationToken)
    {
        var manifest = await Store.GetInfoAsync(ManifestKey(directory, name), cancellationToken).ConfigureAwait(false);
        if (manifest.IsOk)
        {
            return new StoredBackupHandle(this, directory, name, BackupState.Complete, manifest.Value.Modified);
        }

        if (manifest.Error.Kind != StorageErrorKind.NotFound)
        {
            throw Exception(manifest.Error, directory, name);
        }

        if (!VitessNames.IsBackupName(name))
        {
            // A directory of directories is no backup, but whether it is one only the layout knows.
            return new StoredBackupHandle(this, directory, name, BackupState.Foreign, default);
        }

        var vitess = await Store.GetInfoAsync(ObjectKeys.File(directory, name, VitessNames.ManifestFileName), cancellationToken).ConfigureAwait(false);
        if (!vitess.IsOk && vitess.Error.Kind != StorageErrorKind.NotFound)
        {
            throw Exception(vitess.Error, directory, name);
        }

        return vitess.IsOk
            ? new StoredBackupHandle(this, directory, name, BackupState.Foreign, vitess.Value.Modified)
            : new StoredBackupHandle(this, directory, name, BackupState.Incomplete, default);
    }
}
