using System.Security.Cryptography;
using System.Text.Json;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Extensions.Logging.Abstractions;

namespace BackupFs.Storage.S3.Tests;

/// <summary>The S3 gateway of a real Ceph.</summary>
internal sealed class Gateway
{
    private static readonly Lazy<Task<Gateway>> Shared = new(StartAsync);

    private readonly IReadOnlyDictionary<string, string> _environment;

    private Gateway(IReadOnlyDictionary<string, string> environment)
    {
        _environment = environment;
        Endpoint = new Uri(environment["BACKUPFS_TEST_S3_ENDPOINT"]);
        (AccessKey, SecretKey) = (environment["BACKUPFS_TEST_S3_ACCESS_KEY"], environment["BACKUPFS_TEST_S3_SECRET_KEY"]);
        (OtherAccessKey, OtherSecretKey) = (environment["BACKUPFS_TEST_S3_OTHER_ACCESS_KEY"], environment["BACKUPFS_TEST_S3_OTHER_SECRET_KEY"]);
        Client = new AmazonS3Client(AccessKey, SecretKey, new AmazonS3Config
        {
            ServiceURL = Endpoint.AbsoluteUri,
            ForcePathStyle = true,
            AuthenticationRegion = "us-east-1",
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
        });
    }

    public Uri Endpoint { get; }

    /// <summary>The same over TLS, with a certificate of <see cref="AuthorityFile"/>.</summary>
    public Uri TlsEndpoint => new(Named("BACKUPFS_TEST_S3_TLS_ENDPOINT"));

    /// <summary>What <c>ca-file</c> takes.</summary>
    public string AuthorityFile => Named("BACKUPFS_TEST_S3_CA");

    /// <summary>The key that its key service has.</summary>
    public string KmsKeyId => Named("BACKUPFS_TEST_S3_KMS_KEY");

    public string AccessKey { get; }

    public string SecretKey { get; }

    public string OtherAccessKey { get; }

    public string OtherSecretKey { get; }

    /// <summary>To arrange and look at things behind the store's back.</summary>
    public AmazonS3Client Client { get; }

    public AWSCredentials Credentials => new BasicAWSCredentials(AccessKey, SecretKey);

    public static Task<Gateway> GetAsync() => Shared.Value;

    /// <summary>A text that nobody else has.</summary>
    public static string Unique() => RandomNumberGenerator.GetHexString(12, lowercase: true);

    /// <summary>A new bucket.</summary>
    public async Task<string> CreateBucketAsync()
    {
        var bucket = $"bucket-{Unique()}";
        await Client.PutBucketAsync(bucket);
        return bucket;
    }

    public S3Options Options(string bucket, string root = "") => new()
    {
        Bucket = bucket,
        Root = new KeyRoot(root),
        Endpoint = Endpoint,
        PathStyle = true,
    };

    public S3Options TlsOptions(string bucket, string root = "") =>
        Options(bucket, root) with { Endpoint = TlsEndpoint, Trust = new ServerTrust(Verifies: true, AuthorityFile) };

    public IObjectStore Open(S3Options options, AWSCredentials? credentials = null) =>
        S3Storage.OpenS3(options, credentials ?? Credentials, TimeProvider.System, Random.Shared.NextDouble, NullLogger.Instance);

    /// <summary>Writes a configuration file as Vitess has it, and returns the location that names it.</summary>
    public async Task<StorageUrl> WriteCephConfigurationAsync(string? secret = null)
    {
        var path = Path.Combine(Path.GetTempPath(), $"ceph {Unique()}.json");
        var content = new { accessKey = AccessKey, secretKey = secret ?? SecretKey, endPoint = Endpoint.Authority, useSSL = Endpoint.Scheme == "https" };
        await File.WriteAllTextAsync(path, JsonSerializer.Serialize(content));
        return StorageUrl.Parse($"ceph://{Uri.EscapeDataString(path).Replace("%2F", "/", StringComparison.Ordinal)}");
    }

    /// <summary>All keys of a bucket.</summary>
    public async Task<string[]> KeysAsync(string bucket)
    {
        var response = await Client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket });
        return [.. (response.S3Objects ?? []).Select(found => found.Key)];
    }

    private string Named(string variable) => _environment.TryGetValue(variable, out var value)
        ? value
        : throw new InvalidOperationException($"{variable} is not set: start the storages anew with scripts/storages-up");

    private static async Task<Gateway> StartAsync() =>
        new(await StorageServers.GetAsync("ceph", "BACKUPFS_TEST_S3_ENDPOINT"));
}
