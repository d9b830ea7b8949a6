using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.S3;
using Azure.Storage;
using Azure.Storage.Blobs;
using BackupFs.Storage.Objects.Contract;

namespace BackupFs.Mount.Tests.Objects;

/// <summary>
/// The stores that mounts are tested with, see <see cref="StorageServers"/>, with one bucket for all tests of this process.
/// Credentials are in this process's environment, as they are in a user's, and mounts inherit them. Thread-safe.
/// </summary>
internal sealed class ObjectServers
{
    private static readonly Lazy<Task<ObjectServers>> S3 = new(StartS3Async);
    private static readonly Lazy<Task<ObjectServers>> Azure = new(StartAzureAsync);
    private static readonly Lazy<Task<ObjectServers>> Gcs = new(StartGcsAsync);

    private ObjectServers(string endpoint, string bucket) => (Endpoint, Bucket) = (new Uri(endpoint), bucket);

    /// <summary>The server, with a path where the store has one.</summary>
    public Uri Endpoint { get; }

    /// <summary>The bucket, or container.</summary>
    public string Bucket { get; }

    /// <summary>The server of a scheme.</summary>
    public static Task<ObjectServers> GetAsync(string scheme) => scheme switch
    {
        "s3" or "ceph" => S3.Value,
        "azblob" => Azure.Value,
        "gcs" => Gcs.Value,
        _ => throw new ArgumentOutOfRangeException(nameof(scheme), scheme, "no such store"),
    };

    /// <summary>Amazon's client of the S3 gateway, to arrange and look at things behind everybody's back.</summary>
    public static async Task<AmazonS3Client> OpenS3ClientAsync()
    {
        var server = await S3.Value;
        return new AmazonS3Client(
            Environment.GetEnvironmentVariable("AWS_ACCESS_KEY_ID"),
            Environment.GetEnvironmentVariable("AWS_SECRET_ACCESS_KEY"),
            new AmazonS3Config
            {
                ServiceURL = server.Endpoint.AbsoluteUri,
                ForcePathStyle = true,
                AuthenticationRegion = "us-east-1",
                RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            });
    }

    /// <summary>A text that nobody else has, of small letters and digits.</summary>
    public static string Unique() => RandomNumberGenerator.GetHexString(12, lowercase: true);

    private static async Task<ObjectServers> StartS3Async()
    {
        var found = await StorageServers.GetAsync("ceph", "BACKUPFS_TEST_S3_ENDPOINT");
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", found["BACKUPFS_TEST_S3_ACCESS_KEY"]);
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", found["BACKUPFS_TEST_S3_SECRET_KEY"]);
        var server = new ObjectServers(found["BACKUPFS_TEST_S3_ENDPOINT"], $"mount-{Unique()}");
        using var client = new AmazonS3Client(
            found["BACKUPFS_TEST_S3_ACCESS_KEY"],
            found["BACKUPFS_TEST_S3_SECRET_KEY"],
            new AmazonS3Config { ServiceURL = server.Endpoint.AbsoluteUri, ForcePathStyle = true, AuthenticationRegion = "us-east-1" });
        await client.PutBucketAsync(server.Bucket);
        return server;
    }

    private static async Task<ObjectServers> StartAzureAsync()
    {
        var found = await StorageServers.GetAsync("azurite", "BACKUPFS_TEST_AZURE_ENDPOINT");
        var (account, key) = (found["BACKUPFS_TEST_AZURE_ACCOUNT"], found["BACKUPFS_TEST_AZURE_KEY"]);
        Environment.SetEnvironmentVariable("VT_AZBLOB_ACCOUNT_NAME", account);
        Environment.SetEnvironmentVariable("VT_AZBLOB_ACCOUNT_KEY", key);
        var server = new ObjectServers(found["BACKUPFS_TEST_AZURE_ENDPOINT"], $"mount-{Unique()}");
        await new BlobContainerClient(new Uri($"{server.Endpoint.AbsoluteUri.TrimEnd('/')}/{server.Bucket}"), new StorageSharedKeyCredential(account, key))
            .CreateAsync();
        return server;
    }

    private static async Task<ObjectServers> StartGcsAsync()
    {
        var found = await StorageServers.GetAsync("gcs", "BACKUPFS_TEST_GCS_ENDPOINT");
        return new ObjectServers(found["BACKUPFS_TEST_GCS_ENDPOINT"], found["BACKUPFS_TEST_GCS_BUCKET"]);
    }
}
