using System.Net.Http.Headers;
using BackupFs.Storage.Objects;
using Google.Apis.Auth.OAuth2;

namespace BackupFs.Storage.Gcs;

/// <summary>A bucket's addresses, with connections and credentials. Thread-safe.</summary>
internal sealed class GcsConnection : IDisposable
{
    private const string Scope = "https://www.googleapis.com/auth/devstorage.full_control";

    private readonly GcsStoreOptions _options;
    private readonly HttpClient _http;
    private volatile GoogleCredential? _credential;

    /// <exception cref="StorageException">The file of authorities cannot be used.</exception>
    internal GcsConnection(GcsStoreOptions options)
    {
        _options = options;
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = options.Limits.ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(15),
            AllowAutoRedirect = false,
            SslOptions = options.Trust.CreateOptions(),
        };

        // Time-outs are ours: the client's end where a body begins.
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>The address of an object. Its slashes are part of its name, not of the path.</summary>
    /// <param name="name">With the root.</param>
    /// <param name="rest">What follows in the address.</param>
    /// <exception cref="StorageException">NotFound: in an address, such a name means another place, and there is no such object.</exception>
    internal Uri Object(string name, string rest = "") => name is "" or "." or ".."
        ? throw StorageError.NotFound.ToException()
        : new Uri($"{Base}/storage/v1/b/{Uri.EscapeDataString(_options.Bucket)}/o/{Uri.EscapeDataString(name)}{rest}");

    /// <summary>The address of all objects.</summary>
    internal Uri Objects(string query) => new($"{Base}/storage/v1/b/{Uri.EscapeDataString(_options.Bucket)}/o?{query}");

    /// <summary>The address that takes content.</summary>
    internal Uri Upload(string query) => new($"{Base}/upload/storage/v1/b/{Uri.EscapeDataString(_options.Bucket)}/o?{query}");

    /// <summary>The end of an address of a copy.</summary>
    internal string RewriteTo(string name) => $"/rewriteTo/b/{Uri.EscapeDataString(_options.Bucket)}/o/{Uri.EscapeDataString(name)}";

    /// <summary>Sends a request with credentials; returns when the answer's headers are there.</summary>
    internal async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!_options.Anonymous)
        {
            var credential = _credential ??= await LoadAsync(cancellationToken).ConfigureAwait(false);
            var token = await ((ITokenAccess)credential).GetAccessTokenForRequestAsync(null, cancellationToken).ConfigureAwait(false);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            if (credential.QuotaProject is { Length: > 0 } project)
            {
                request.Headers.Add("x-goog-user-project", project);
            }
        }

        return await SendAnonymouslyAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a request to an address that is a secret itself: a session of an upload.</summary>
    internal Task<HttpResponseMessage> SendAnonymouslyAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private string Base => _options.Endpoint.AbsoluteUri.TrimEnd('/');

    private async Task<GoogleCredential> LoadAsync(CancellationToken cancellationToken)
    {
        var credential = _options.CredentialsFile is { } file
            ? await LoadFileAsync(file, cancellationToken).ConfigureAwait(false)
            : await GoogleCredential.GetApplicationDefaultAsync(cancellationToken).ConfigureAwait(false);
        return credential.CreateScoped(Scope);
    }

    private static async Task<GoogleCredential> LoadFileAsync(string file, CancellationToken cancellationToken)
    {
        string type;
        await using (var stream = File.OpenRead(file))
        {
            using var json = await System.Text.Json.JsonDocument.ParseAsync(stream, default, cancellationToken).ConfigureAwait(false);
            type = GcsObject.Text(json.RootElement, "type") ?? "";
        }

        return await CredentialFactory.FromFileAsync(file, type, cancellationToken).ConfigureAwait(false);
    }
}
