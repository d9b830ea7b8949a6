namespace BackupFs.Storage;

/// <summary>The storages that a program was composed of, by name, as Vitess's BackupStorageMap. Not thread-safe while registering.</summary>
public sealed class StorageRegistry
{
    private readonly SortedDictionary<string, Func<StorageUrl, IBackupStorage>> _factories = new(StringComparer.Ordinal);

    /// <summary>The names registered, ordinal order.</summary>
    public IReadOnlyCollection<string> Schemes => _factories.Keys;

    /// <summary>Registers a storage.</summary>
    /// <param name="scheme">Lower case, for example <c>file</c>.</param>
    /// <param name="factory">Makes a storage without contacting it; it throws <see cref="StorageException"/> for a location it cannot use.</param>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public void Register(string scheme, Func<StorageUrl, IBackupStorage> factory)
    {
        ArgumentException.ThrowIfNullOrEmpty(scheme);
        ArgumentNullException.ThrowIfNull(factory);
        _factories.Add(scheme, factory);
    }

    /// <summary>Makes the storage of a location: <c>/path</c>, <c>file:///path</c>, <c>memory:</c>…</summary>
    /// <exception cref="StorageException">InvalidArgument for a location that cannot be parsed; Unsupported if its storage is not registered.</exception>
    public IBackupStorage Open(string location)
    {
        var url = StorageUrl.Parse(location);
        if (_factories.TryGetValue(url.Scheme, out var factory))
        {
            return factory(url);
        }

        var registered = _factories.Count == 0 ? "none is" : string.Join(", ", _factories.Keys);
        throw new StorageException(
            StorageErrorKind.Unsupported, $"no registered implementation of BackupStorage for '{url.Scheme}'; registered: {registered}");
    }
}
