namespace BackupFs.Storage.Objects;

/// <summary>
/// Manifests of complete backups that were looked at lately, with their trees: the kernel looks a name up again every second while it
/// is used, and a manifest may be large. Each is asked for its version before it is used again. Thread-safe.
/// </summary>
internal sealed class ManifestCache(TransferContext context)
{
    /// <summary>Manifests at most.</summary>
    private const int MaximumCount = 64;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, LoadedManifest> _loaded = new(StringComparer.Ordinal);
    private readonly LinkedList<string> _byUse = [];

    /// <summary>The manifest at a key, with the tree of the files below <paramref name="prefix"/>. NotFound; Corrupt; Unsupported.</summary>
    internal async ValueTask<StorageResult<LoadedManifest>> ReadAsync(string key, string prefix, CancellationToken cancellationToken)
    {
        var known = Find(key);
        string? tag = null;
        if (known is not null)
        {
            var info = await context.Store.GetInfoAsync(key, cancellationToken).ConfigureAwait(false);
            if (!info.IsOk)
            {
                Forget(key);
                return info.Error;
            }

            tag = info.Value.Tag;
            if (tag == known.Tag)
            {
                return known;
            }
        }

        // The first time without asking for the version before: one request is enough for a backup that is looked at once.
        var bytes = await ObjectLister.ReadSealedAsync(context.Store, key, tag, cancellationToken).ConfigureAwait(false);
        if (!bytes.IsOk)
        {
            Forget(key);
            return bytes.Error;
        }

        try
        {
            using var document = new MemoryStream(bytes.Value, writable: false);
            var manifest = await ManifestSerializer.ReadAsync(document, cancellationToken).ConfigureAwait(false);
            var root = TreeBuilder.FromManifest(manifest, prefix);
            var loaded = new LoadedManifest(manifest, new StoredTree(context, root, new TreeReadAhead(context, root, prefix)), tag);
            Keep(key, loaded);
            return loaded;
        }
        catch (StorageException exception)
        {
            return exception.Error;
        }
    }

    private LoadedManifest? Find(string key)
    {
        lock (_gate)
        {
            if (!_loaded.TryGetValue(key, out var loaded))
            {
                return null;
            }

            _byUse.Remove(key);
            _byUse.AddLast(key);
            return loaded;
        }
    }

    private void Keep(string key, LoadedManifest loaded)
    {
        lock (_gate)
        {
            if (!_loaded.ContainsKey(key))
            {
                _byUse.AddLast(key);
            }

            _loaded[key] = loaded;
            if (_loaded.Count > MaximumCount)
            {
                _loaded.Remove(_byUse.First!.Value);
                _byUse.RemoveFirst();
            }
        }
    }

    private void Forget(string key)
    {
        lock (_gate)
        {
            if (_loaded.Remove(key))
            {
                _byUse.Remove(key);
            }
        }
    }
}

/// <summary>A manifest and what is made of it.</summary>
/// <param name="Manifest">The manifest.</param>
/// <param name="Tree">Its tree.</param>
/// <param name="Tag">The version it was read from; null if that was not asked for.</param>
internal sealed record LoadedManifest(BackupManifest Manifest, StoredTree Tree, string? Tag);
