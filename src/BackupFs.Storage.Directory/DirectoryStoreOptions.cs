namespace BackupFs.Storage.Directory;

/// <summary>Which directory, as <c>directory:///PATH</c>, and on Windows also <c>file:///C:/PATH</c> or a path, says it.</summary>
/// <param name="Scheme">The scheme by which it was called.</param>
/// <param name="Root">The directory; absolute. It is made when something is stored.</param>
public sealed record DirectoryStoreOptions(string Scheme, string Root)
{
    /// <summary>The scheme of its own, on every platform.</summary>
    public const string OwnScheme = "directory";

    /// <summary>Whether names have to be such as Windows can keep, and names that differ only in case are the same.</summary>
    public bool WindowsNames { get; init; } = OperatingSystem.IsWindows();

    /// <summary>Takes a location apart.</summary>
    /// <exception cref="StorageException">InvalidArgument.</exception>
    public static DirectoryStoreOptions Of(StorageUrl url) => Of(url, OperatingSystem.IsWindows());

    internal static DirectoryStoreOptions Of(StorageUrl url, bool isWindows)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (url.Query.Count > 0)
        {
            throw new StorageException(StorageErrorKind.InvalidArgument, $"a storage of the scheme '{url.Scheme}' takes no parameters: {url}");
        }

        if (url.Host.Length > 0 || url.UserInfo.Length > 0)
        {
            throw new StorageException(
                StorageErrorKind.InvalidArgument, $"'{url}' has a name between its slashes: write {url.Scheme}:///PATH with three");
        }

        var path = isWindows ? url.WindowsPath : url.Path;
        if (isWindows ? path.Length < 3 || (path[1] != ':' && !path.StartsWith(@"\\", StringComparison.Ordinal)) : !path.StartsWith('/'))
        {
            throw new StorageException(
                StorageErrorKind.InvalidArgument,
                $"'{url}' is no absolute path: write {url.Scheme}://{(isWindows ? "/C:/backups" : "/backups")}");
        }

        return new DirectoryStoreOptions(url.Scheme, path) { WindowsNames = isWindows };
    }
}
