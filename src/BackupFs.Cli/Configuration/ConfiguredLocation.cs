using BackupFs.Storage;

namespace BackupFs.Cli.Configuration;

/// <summary>Makes the paths in a location absolute: the process that opens it stands elsewhere.</summary>
internal static class ConfiguredLocation
{
    /// <summary>A location whose paths, those in parameters included, are relative to nothing any more.</summary>
    /// <param name="location">A URL or a path.</param>
    /// <param name="directory">What paths in it are relative to; absolute.</param>
    /// <exception cref="StorageException">InvalidArgument: it is no location.</exception>
    public static string Absolute(string location, string directory)
    {
        var colon = location.IndexOf(':', StringComparison.Ordinal);
        if (colon < 2 || location.AsSpan(0, colon).Contains('/'))
        {
            return location.Length == 0
                ? throw new StorageException(StorageErrorKind.InvalidArgument, "a storage needs a URL or a directory")
                : Path.GetFullPath(location, directory);
        }

        StorageUrl.Parse(location);
        var mark = location.IndexOf('?', StringComparison.Ordinal);
        var (name, query) = mark < 0 ? (location, "") : (location[..mark], location[(mark + 1)..]);
        const string Ceph = "ceph:";
        if (name.StartsWith(Ceph, StringComparison.OrdinalIgnoreCase) && name.Length > Ceph.Length && name[Ceph.Length] != '/')
        {
            // Written like a path, so percent-encoded like one.
            name = Ceph + "//" + EncodeFile(Path.GetFullPath(Uri.UnescapeDataString(name[Ceph.Length..]), directory));
        }

        return mark < 0 ? name : $"{name}?{string.Join('&', query.Split('&').Select(parameter => AbsoluteFile(parameter, directory)))}";
    }

    /// <summary>A path as part of a URL.</summary>
    public static string EncodePath(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    /// <summary>An absolute path of a file on this machine as the path of a URL: <c>C:\x</c> becomes <c>/C%3A/x</c>.</summary>
    public static string EncodeFile(string path) => OperatingSystem.IsWindows() ? "/" + EncodePath(path.Replace('\\', '/')) : EncodePath(path);

    private static string AbsoluteFile(string parameter, string directory)
    {
        const string CustomerKey = "sse_c:";
        var equals = parameter.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            return parameter;
        }

        var (name, value) = (parameter[..equals], Uri.UnescapeDataString(parameter[(equals + 1)..]));
        return name.EndsWith("-file", StringComparison.Ordinal) && value.Length > 0
                ? $"{name}={Uri.EscapeDataString(Path.GetFullPath(value, directory))}"
            : name == "sse" && value.Length > CustomerKey.Length && value.StartsWith(CustomerKey, StringComparison.Ordinal)
                ? $"{name}={Uri.EscapeDataString(CustomerKey + Path.GetFullPath(value[CustomerKey.Length..], directory))}"
            : parameter;
    }
}
