namespace BackupFs.Storage.Objects;

/// <summary>The root that a user configured, which stands before every key in the store: a plain join with <c>/</c>, as Vitess does. Immutable.</summary>
public sealed record KeyRoot
{
    private readonly string _prefix;

    /// <param name="root">Without a slash at either end; <c>""</c> for none.</param>
    public KeyRoot(string root)
    {
        ArgumentNullException.ThrowIfNull(root);
        _prefix = root.Length == 0 ? "" : root + "/";
    }

    /// <summary>The root of a location: its path without the slashes at either end.</summary>
    /// <exception cref="StorageException">InvalidArgument for what is no path: empty names, <c>.</c>, <c>..</c>, control characters.</exception>
    public static KeyRoot Of(StorageUrl url)
    {
        ArgumentNullException.ThrowIfNull(url);
        var root = url.Path.Trim('/');
        return !url.Path.StartsWith("//", StringComparison.Ordinal) && BackupPath.Check(root, allowRoot: true) is null
            ? new KeyRoot(root)
            : throw new StorageException(StorageErrorKind.InvalidArgument, $"'{url}': what stands before every key must be a path such as backups/mysql");
    }

    /// <summary>The name in the store of a key, or of a prefix of keys.</summary>
    public string Add(string key) => _prefix + key;

    /// <summary>The key of a name that <see cref="Add"/> made.</summary>
    public string Strip(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name[_prefix.Length..];
    }

    /// <summary>The root with a slash before it, or <c>""</c>.</summary>
    public override string ToString() => _prefix.Length == 0 ? "" : "/" + _prefix[..^1];
}
