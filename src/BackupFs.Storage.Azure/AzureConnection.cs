using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Sas;

namespace BackupFs.Storage.Azure;

/// <summary>A container, with connections and credentials. Thread-safe.</summary>
internal sealed class AzureConnection : IDisposable
{
    /// <summary>Old enough for the emulator; everything needed here is much older.</summary>
    private const BlobClientOptions.ServiceVersion Version = BlobClientOptions.ServiceVersion.V2026_02_06;

    private static readonly TimeSpan SourceSignature = TimeSpan.FromHours(12);
    private static readonly TimeSpan ClockDifference = TimeSpan.FromMinutes(15);
    private static readonly TokenRequestContext StorageScope = new(["https://storage.azure.com/.default"]);

    private readonly HttpClient _http;
    private readonly TimeProvider _time;
    private readonly TokenCredential? _token;
    private readonly bool _canSign;

    private AzureConnection(
        HttpClient http, TimeProvider time, BlobContainerClient container, TokenCredential? token, bool canSign) =>
        (_http, _time, Container, _token, _canSign) = (http, time, container, token, canSign);

    /// <summary>The container.</summary>
    internal BlobContainerClient Container { get; }

    /// <summary>Finds credentials and makes a client, without sending anything.</summary>
    /// <param name="options">Which container.</param>
    /// <param name="environment">Environment variables, by name.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="StorageException">InvalidArgument, AccessDenied or NotFound, saying what is missing.</exception>
    internal static AzureConnection Open(AzureStoreOptions options, Func<string, string?> environment, TimeProvider time)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = options.Limits.ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(15),
            AllowAutoRedirect = false,
            SslOptions = options.Trust.CreateOptions(),
        };

        // Time-outs and retries are ours: the library's end where a body begins.
        var http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        var client = new BlobClientOptions(Version) { Transport = new HttpClientTransport(http) };
        client.Retry.MaxRetries = 0;
        client.Retry.NetworkTimeout = TimeSpan.FromDays(1);
        client.Diagnostics.IsLoggingEnabled = false;
        client.Diagnostics.IsTelemetryEnabled = false;
        client.Diagnostics.IsDistributedTracingEnabled = false;
        try
        {
            return Choose(options, environment, time, http, client);
        }
        catch
        {
            http.Dispose();
            throw;
        }
    }

    /// <summary>A blob of the container as the source of a copy inside the server, who wants to know separately that we may read it.</summary>
    internal async ValueTask<(Uri Source, HttpAuthorization? Authorization)> AuthorizeSourceAsync(
        BlobBaseClient blob, CancellationToken cancellationToken)
    {
        if (_token is not null)
        {
            var token = await _token.GetTokenAsync(StorageScope, cancellationToken).ConfigureAwait(false);
            return (blob.Uri, new HttpAuthorization("Bearer", token.Token));
        }

        if (!_canSign)
        {
            return (blob.Uri, null); // the shared access signature is part of it
        }

        var now = _time.GetUtcNow();
        var signature = new BlobSasBuilder(BlobSasPermissions.Read, now + SourceSignature)
        {
            StartsOn = now - ClockDifference,
            BlobContainerName = blob.BlobContainerName,
            BlobName = blob.Name,
            Resource = "b",
        };
        return (blob.GenerateSasUri(signature), null);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static AzureConnection Choose(
        AzureStoreOptions options, Func<string, string?> environment, TimeProvider time, HttpClient http, BlobClientOptions client)
    {
        string? Environment(string name) => environment(name) is { Length: > 0 } value ? value : null;
        if (options.KeyFile is not null)
        {
            return WithKey(options.Account ?? Environment("VT_AZBLOB_ACCOUNT_NAME") ?? Environment("AZURE_STORAGE_ACCOUNT"), ReadSecret(options.KeyFile));
        }

        if (options.SasFile is not null)
        {
            var account = options.Account ?? Environment("AZURE_STORAGE_ACCOUNT");
            var signed = new UriBuilder(ContainerAddress(options, account)) { Query = ReadSecret(options.SasFile).TrimStart('?') };
            return new AzureConnection(http, time, new BlobContainerClient(signed.Uri, client), null, canSign: false);
        }

        if (Environment("VT_AZBLOB_ACCOUNT_KEY") is { } vitessKey)
        {
            return WithKey(options.Account ?? Environment("VT_AZBLOB_ACCOUNT_NAME"), vitessKey.Trim());
        }

        if (Environment("AZURE_STORAGE_KEY") is { } key)
        {
            return WithKey(options.Account ?? Environment("AZURE_STORAGE_ACCOUNT"), key.Trim());
        }

        if (Environment("AZURE_STORAGE_CONNECTION_STRING") is { } connection)
        {
            try
            {
                var container = new BlobContainerClient(connection, options.Container, client);
                return new AzureConnection(http, time, container, null, container.CanGenerateSasUri);
            }
            catch (Exception error) when (error is FormatException or ArgumentException or InvalidOperationException)
            {
                // Without the cause: its message may quote the string, which holds the key.
                throw new StorageException(StorageErrorKind.InvalidArgument, "AZURE_STORAGE_CONNECTION_STRING is not a connection string of Azure Storage");
            }
        }

        var token = new DefaultAzureCredential();
        var address = ContainerAddress(options, options.Account ?? Environment("VT_AZBLOB_ACCOUNT_NAME") ?? Environment("AZURE_STORAGE_ACCOUNT"));
        return address.Scheme == Uri.UriSchemeHttps
            ? new AzureConnection(http, time, new BlobContainerClient(address, token, client), token, canSign: false)
            : throw new StorageException(
                StorageErrorKind.AccessDenied, "there is no key for the Azure storage account: use key-file=PATH or sas-file=PATH, or set AZURE_STORAGE_KEY");

        AzureConnection WithKey(string? account, string secret)
        {
            account ??= options.Endpoint is { } endpoint ? AccountOf(endpoint) : null;
            try
            {
                var credential = new StorageSharedKeyCredential(account ?? throw NoAccount(), secret);
                return new AzureConnection(
                    http, time, new BlobContainerClient(ContainerAddress(options, account), credential, client), null, canSign: true);
            }
            catch (FormatException)
            {
                throw new StorageException(StorageErrorKind.InvalidArgument, $"the key of the Azure storage account '{account}' is not base64");
            }
        }
    }

    private static Uri ContainerAddress(AzureStoreOptions options, string? account)
    {
        var service = options.Endpoint?.AbsoluteUri.TrimEnd('/') ?? $"https://{account ?? throw NoAccount()}.blob.core.windows.net";
        return Uri.TryCreate($"{service}/{Uri.EscapeDataString(options.Container)}", UriKind.Absolute, out var address)
            ? address
            : throw new StorageException(StorageErrorKind.InvalidArgument, "the name of the Azure storage account is not a host name");
    }

    /// <summary>The account an address belongs to: the emulator has it as the path, the clouds as the first label of the host.</summary>
    private static string AccountOf(Uri endpoint) =>
        endpoint.AbsolutePath.Trim('/') is { Length: > 0 } path ? path : endpoint.Host.Split('.')[0];

    private static StorageException NoAccount() => new(
        StorageErrorKind.InvalidArgument, "the Azure storage account is not known: add account=NAME to the location, or set AZURE_STORAGE_ACCOUNT");

    private static string ReadSecret(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new StorageException(
                StorageErrorKind.AccessDenied, $"the file of the Azure storage account's secret cannot be read ('{BackupPath.Printable(path)}'): {error.Message}");
        }
    }
}
