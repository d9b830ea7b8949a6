using System.Net;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using BackupFs.Storage.Objects;

namespace BackupFs.Storage.S3;

/// <summary>A client of the SDK with the HTTP client it uses. Thread-safe; dispose it when it is no longer wanted.</summary>
/// <remarks>
/// The SDK's own repetitions and time-outs are off: it has none for bodies, and repeats only some of the errors
/// (see <see cref="S3Requests"/>).
/// </remarks>
internal sealed class S3Connection : IDisposable
{
    /// <summary>More than anybody asks for at once: the storage bounds its requests itself.</summary>
    private const int MaximumConnections = 512;

    private readonly HttpClient _http;

    /// <param name="options">Where and how.</param>
    /// <param name="credentials">Null for the standard chain, or the profile of the options.</param>
    /// <exception cref="AmazonClientException">The profile does not exist.</exception>
    /// <exception cref="StorageException">The file of authorities cannot be used.</exception>
    internal S3Connection(S3Options options, AWSCredentials? credentials)
    {
        _http = new HttpClient(new S3HttpHandler(CreateHandler(options))) { Timeout = Timeout.InfiniteTimeSpan };
        try
        {
            var configuration = Configure(options, _http);
            var client = credentials is null ? new AmazonS3Client(configuration) : new AmazonS3Client(credentials, configuration);
            client.BeforeRequestEvent += static (_, request) => AskForWhole(request);
            Client = client;
        }
        catch
        {
            _http.Dispose();
            throw;
        }
    }

    /// <summary>The client.</summary>
    internal IAmazonS3 Client { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Client.Dispose();
        _http.Dispose();
    }

    /// <summary>
    /// Ceph answers a request for a whole small object with one read of its own, and one with a range, even of everything, with two.
    /// The range is taken away here, where the request is not signed yet, so that the SDK does not know: without one it takes the
    /// object's tag for an MD5 to compare, which it is not on every server.
    /// </summary>
    private static void AskForWhole(RequestEventArgs request)
    {
        if (S3Call.Current is { ReadsWhole: true } && request is WebServiceRequestEventArgs service)
        {
            service.Headers.Remove("Range");
        }
    }

    private static SocketsHttpHandler CreateHandler(S3Options options)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = options.Limits.ConnectTimeout,
            MaxConnectionsPerServer = MaximumConnections,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),

            // So that a changed address of the server is noticed.
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
        };
        handler.SslOptions = options.Trust.CreateOptions();
        return handler;
    }

    private static AmazonS3Config Configure(S3Options options, HttpClient http)
    {
        var configuration = new AmazonS3Config
        {
            AuthenticationRegion = options.Region,
            ForcePathStyle = options.PathStyle,
            MaxErrorRetry = 0,

            // Ten by default, beside the other repetitions, and for writes, too, whose fate is unknown then.
            MaxStaleConnectionRetries = 0,
            RetryMode = RequestRetryMode.Standard,
            HttpClientFactory = new Factory(http),
            EndpointProvider = new S3EndpointCache(),
            ClientAppId = "backupfs",

            // Checksums are ours; older servers refuse the SDK's trailers, or store them as content.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (options.Server is { } endpoint)
        {
            configuration.ServiceURL = endpoint.AbsoluteUri;
            configuration.UseHttp = endpoint.Scheme == Uri.UriSchemeHttp;
        }
        else
        {
            configuration.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region);
        }

        if (options.Profile is { } profile)
        {
            configuration.Profile = new Profile(profile);
        }

        return configuration;
    }

    /// <summary>Gives the SDK the one HTTP client there is.</summary>
    private sealed class Factory(HttpClient http) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => http;

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;

        public override string? GetConfigUniqueString(IClientConfig clientConfig) => null;
    }
}
