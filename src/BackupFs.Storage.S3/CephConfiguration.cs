using System.Text.Json;
using Amazon.Runtime;
using BackupFs.Storage.Objects;

namespace BackupFs.Storage.S3;

/// <summary>A location <c>ceph:///path/to/ceph_backup_config.json?…</c>, and the file it names, which is Vitess's. Immutable.</summary>
internal sealed class CephConfiguration
{
    private const int LargestFile = 1 << 20;
    private const string Expected = """{"accessKey": "…", "secretKey": "…", "endPoint": "HOST:PORT", "useSSL": true}""";

    private readonly S3Options _options;

    private CephConfiguration(string path, S3Options options) => (Path, _options) = (path, options);

    /// <summary>The file.</summary>
    internal string Path { get; }

    /// <exception cref="StorageException">InvalidArgument.</exception>
    internal static CephConfiguration Parse(StorageUrl url)
    {
        if (url.UserInfo.Length > 0 || url.Host.Length > 0 || url.Path.Trim('/').Length == 0)
        {
            throw S3Options.Invalid(url, "a ceph location names Vitess's configuration file: ceph:///etc/vitess/ceph_backup_config.json");
        }

        var parameters = new LocationParameters(url);
        var options = S3Options.Common(parameters) with { Region = S3Parameters.Region(parameters, static _ => null), PathStyle = true };
        parameters.RefuseOthers();
        return new CephConfiguration(OperatingSystem.IsWindows() ? url.WindowsPath : url.Path, options);
    }

    /// <summary>Reads the file.</summary>
    /// <exception cref="StorageException">It cannot be read, or is not what Vitess expects; its content is not in the message.</exception>
    internal S3Options ReadOptions(out AWSCredentials credentials)
    {
        string? access, secret, endpoint;
        bool useTls;
        try
        {
            using var file = File.OpenRead(Path);
            if (file.Length > LargestFile)
            {
                throw Invalid("is too large");
            }

            using var json = JsonDocument.Parse(file);
            access = Text(json.RootElement, "accessKey");
            secret = Text(json.RootElement, "secretKey");
            endpoint = Text(json.RootElement, "endPoint");
            useTls = json.RootElement.TryGetProperty("useSSL", out var flag) && flag.ValueKind switch
            {
                JsonValueKind.True => true,
                JsonValueKind.False or JsonValueKind.Null => false,
                _ => throw Invalid("has a useSSL that is neither true nor false"),
            };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Without the exception: it may quote what stands next to the mistake.
            throw Invalid($"is not what Vitess expects: {Expected}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            var kind = exception is FileNotFoundException or DirectoryNotFoundException ? StorageErrorKind.NotFound : StorageErrorKind.AccessDenied;
            throw new StorageException(kind, $"the configuration file '{BackupPath.Printable(Path)}' cannot be read", exception);
        }

        if (access is null || secret is null || endpoint is null)
        {
            var missing = access is null ? "accessKey" : secret is null ? "secretKey" : "endPoint";
            throw Invalid($"has no {missing}: {Expected}");
        }

        if (endpoint.Contains("://", StringComparison.Ordinal)
            || !Uri.TryCreate($"{(useTls ? "https" : "http")}://{endpoint}", UriKind.Absolute, out var uri)
            || uri.PathAndQuery != "/" || uri.UserInfo.Length > 0 || uri.Fragment.Length > 0)
        {
            throw Invalid("has an endPoint that is not HOST:PORT (http or https is chosen by useSSL)");
        }

        credentials = new BasicAWSCredentials(access, secret);
        return _options with { Endpoint = uri };
    }

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    private StorageException Invalid(string what) =>
        new(StorageErrorKind.InvalidArgument, $"the configuration file '{BackupPath.Printable(Path)}' {what}");
}
