namespace BackupFs.Storage;

/// <summary>Where a storage is, as the user wrote it, taken apart: <c>scheme://user:password@host/path?name=value</c>.</summary>
/// <remarks>Secrets may be in the user part and in the query; <see cref="ToString"/> shows neither, so that it can be logged.</remarks>
public sealed class StorageUrl
{
    /// <summary>The scheme that an absolute path without one stands for.</summary>
    public const string FileScheme = "file";

    private StorageUrl(string scheme, string userInfo, string host, string path, IReadOnlyDictionary<string, string> query)
    {
        (Scheme, UserInfo, Host, Path, Query) = (scheme, userInfo, host, path, query);
    }

    /// <summary>Lower case: which storage.</summary>
    public string Scheme { get; }

    /// <summary>What is before the <c>@</c>, or <c>""</c>. A secret.</summary>
    public string UserInfo { get; }

    /// <summary>The host or bucket, with its port; or <c>""</c>.</summary>
    public string Host { get; }

    /// <summary>The path, starting with a slash if there is a host or the user wrote one.</summary>
    public string Path { get; }

    /// <summary>The path as Windows has it: without the slash before a drive letter, and with backslashes.</summary>
    public string WindowsPath =>
        (Path.StartsWith('/') && IsDrivePath(Path[1..]) ? Path[1..] : Path).Replace('/', '\\');

    /// <summary>The parameters after the <c>?</c>. Their values may be secrets.</summary>
    public IReadOnlyDictionary<string, string> Query { get; }

    /// <summary>
    /// Takes a location apart: an absolute path (not decoded: it may hold any character), or a URL, whose parts are percent-decoded.
    /// </summary>
    /// <exception cref="StorageException">InvalidArgument, with what to write instead; without secrets.</exception>
    public static StorageUrl Parse(string location)
    {
        ArgumentNullException.ThrowIfNull(location);
        if (location.Contains('\0', StringComparison.Ordinal))
        {
            throw Invalid(location, "it contains a zero byte");
        }

        if (location.StartsWith('/') || IsDrivePath(location) || IsSharePath(location))
        {
            return new StorageUrl(FileScheme, "", "", location, new Dictionary<string, string>());
        }

        var colon = location.IndexOf(':', StringComparison.Ordinal);
        if (colon < 1 || !IsScheme(location.AsSpan(0, colon)))
        {
            throw Invalid(location, "write an absolute path (/backups) or a URL (file:///backups, memory:)");
        }

        var rest = location[(colon + 1)..];
        if (rest.Contains('#', StringComparison.Ordinal))
        {
            throw Invalid(location, "a '#' in a name is written %23");
        }

        var mark = rest.IndexOf('?', StringComparison.Ordinal);
        var query = ParseQuery(location, mark < 0 ? "" : rest[(mark + 1)..]);
        rest = mark < 0 ? rest : rest[..mark];
        var (user, host) = ("", "");
        if (rest.StartsWith("//", StringComparison.Ordinal))
        {
            var slash = rest.IndexOf('/', 2);
            var authority = slash < 0 ? rest[2..] : rest[2..slash];
            rest = slash < 0 ? "" : rest[slash..];
            var at = authority.LastIndexOf('@');
            (user, host) = (at < 0 ? "" : authority[..at], authority[(at + 1)..]);
        }

        var scheme = location[..colon].ToLowerInvariant();
        var path = Decode(location, rest);
        if (scheme == FileScheme && (host is not ("" or "localhost") || !(path.StartsWith('/') || IsDrivePath(path))))
        {
            throw Invalid(location, "a file URL has three slashes and an absolute path: file:///backups");
        }

        return new StorageUrl(scheme, Decode(location, user), scheme == FileScheme ? "" : Decode(location, host), path, query);
    }

    /// <summary>The URL without its secrets: without the user part, and with <c>?…</c> for the parameters.</summary>
    public override string ToString()
    {
        var parameters = Query.Count > 0 ? "?…" : "";
        var text = Scheme == FileScheme ? Path + parameters
            : Host.Length > 0 ? $"{Scheme}://{Host}{Path}{parameters}"
            : $"{Scheme}:{Path}{parameters}";
        return BackupPath.Printable(text);
    }

    private static Dictionary<string, string> ParseQuery(string location, string text)
    {
        var query = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var name = Decode(location, equals < 0 ? pair : pair[..equals]);
            if (name.Length == 0 || !query.TryAdd(name, equals < 0 ? "" : Decode(location, pair[(equals + 1)..])))
            {
                throw Invalid(location, "its parameters must each have a name, and each name once: ?name=value&other=value");
            }
        }

        return query;
    }

    private static string Decode(string location, string text)
    {
        for (var at = text.IndexOf('%', StringComparison.Ordinal); at >= 0; at = text.IndexOf('%', at + 1))
        {
            if (at + 2 >= text.Length || !char.IsAsciiHexDigit(text[at + 1]) || !char.IsAsciiHexDigit(text[at + 2]))
            {
                throw Invalid(location, "a '%' in a URL is written %25");
            }
        }

        var decoded = Uri.UnescapeDataString(text);
        return decoded.Contains('\0', StringComparison.Ordinal) ? throw Invalid(location, "it contains a zero byte") : decoded;
    }

    private static bool IsScheme(ReadOnlySpan<char> text)
    {
        foreach (var character in text)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('+' or '-' or '.'))
            {
                return false;
            }
        }

        return char.IsAsciiLetter(text[0]);
    }

    /// <summary>A Windows path with its drive letter: no scheme has one letter.</summary>
    private static bool IsDrivePath(string text) =>
        text.Length >= 3 && char.IsAsciiLetter(text[0]) && text[1] == ':' && text[2] is '/' or '\\';

    /// <summary>A path on a server, as Windows writes it: <c>\\server\share</c>.</summary>
    private static bool IsSharePath(string text) =>
        text.StartsWith(@"\\", StringComparison.Ordinal) && text.Length > 2 && text[2] is not ('\\' or '/');

    private static StorageException Invalid(string location, string advice) =>
        new(StorageErrorKind.InvalidArgument, $"'{WithoutSecrets(location)}' is no location of a storage: {advice}");

    /// <summary>What may be shown of text that could not be parsed: nothing before a last <c>@</c> or after a first <c>?</c>.</summary>
    private static string WithoutSecrets(string location)
    {
        var mark = location.IndexOf('?', StringComparison.Ordinal);
        var shown = mark < 0 ? location : location[..mark] + "?…";
        var at = location.LastIndexOf('@');
        if (at >= 0)
        {
            var scheme = location.IndexOf("://", StringComparison.Ordinal);
            shown = (scheme is > 0 && scheme < at ? location[..(scheme + 3)] : "") + "…" + (mark >= 0 && at > mark ? "" : shown[at..]);
        }

        return BackupPath.Printable(shown);
    }
}
