using BackupFs.Storage.Objects;

namespace BackupFs.Storage.Gcs;

/// <summary>
/// Where objects are and who asks for them: <c>gcs://BUCKET[/ROOT]?credentials-file=PATH&amp;endpoint=URL&amp;anonymous=true</c>, the
/// limits of <see cref="RequestLimits"/>, <see cref="ServerTrust"/>, and <see cref="UploadParameters"/>.
/// </summary>
/// <param name="Bucket">The bucket.</param>
/// <param name="Root">What stands before every key.</param>
/// <param name="Endpoint">Of the JSON API.</param>
/// <param name="Anonymous">Whether requests say nothing of who sends them.</param>
/// <param name="CredentialsFile">A file of Google's credentials; null for Application Default Credentials.</param>
/// <param name="Limits">Of requests.</param>
/// <param name="Trust">Which servers are believed.</param>
public sealed record GcsStoreOptions(
    string Bucket, KeyRoot Root, Uri Endpoint, bool Anonymous, string? CredentialsFile, RequestLimits Limits, ServerTrust Trust)
{
    /// <summary>The scheme, which is Vitess's name for this storage.</summary>
    public const string Scheme = "gcs";

    /// <summary>Names an emulator, as for Google's own libraries: <c>host:port</c> or a URL.</summary>
    public const string EmulatorVariable = "STORAGE_EMULATOR_HOST";

    private static readonly Uri PublicEndpoint = new("https://storage.googleapis.com");

    /// <summary>Takes a location apart.</summary>
    /// <param name="url">The location.</param>
    /// <param name="environment">Environment variables, by name.</param>
    /// <exception cref="StorageException">InvalidArgument.</exception>
    public static GcsStoreOptions Of(StorageUrl url, Func<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(url);
        ArgumentNullException.ThrowIfNull(environment);
        if (url.Host.Length == 0 || url.UserInfo.Length > 0)
        {
            throw new StorageException(StorageErrorKind.InvalidArgument, $"'{url}' names no bucket: write gcs://BUCKET/ROOT");
        }

        var parameters = new LocationParameters(url);
        var (endpoint, anonymous) = (parameters.Endpoint("endpoint"), parameters.Switch("anonymous"));
        var file = parameters.Text("credentials-file");
        var limits = RequestLimits.Of(parameters);
        var trust = ServerTrust.Of(parameters);
        parameters.RefuseOthers();
        if (anonymous && file is not null)
        {
            throw parameters.Invalid("credentials-file", "cannot stand beside anonymous=true");
        }

        if (endpoint is null && environment(EmulatorVariable) is { Length: > 0 } host)
        {
            var text = host.Contains("://", StringComparison.Ordinal) ? host : "http://" + host;
            endpoint = Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out var emulator) && emulator.Scheme is "http" or "https"
                ? emulator
                : throw new StorageException(StorageErrorKind.InvalidArgument, $"{EmulatorVariable} is neither host:port nor a URL");
            anonymous = true;
        }

        if (!anonymous && endpoint is { Scheme: "http", IsLoopback: false })
        {
            throw parameters.Invalid("endpoint", "would send credentials unencrypted: use https, or anonymous=true for an emulator");
        }

        return new GcsStoreOptions(url.Host, KeyRoot.Of(url), endpoint ?? PublicEndpoint, anonymous, file, limits, trust);
    }
}
