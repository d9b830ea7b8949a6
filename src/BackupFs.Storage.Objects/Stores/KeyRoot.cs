namespace BackupFs.Storage.Objects;

/// <summary>The root that a user configured, which stands before every key in the store: a plain join with <c>/</c>, as Vitess does. Immutable.</summary>
/// <param name="root">Without a slash at either end; <c>""</c> for none.</param>
public sealed class KeyRoot(string root)
{
    private readonly string _prefix = root.Length == 0 ? "" : root + "/";

    /// <summary>The root of a location: its path without the slashes at either end.</summary>
    public static KeyRoot Of(StorageUrl url)
    {
        ArgumentNullException.ThrowIfNull(url);
        return new KeyRoot(url.Path.Trim('/'));
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
    public override string ToString() => root.Length == 0 ? "" : "/" + root;
}
