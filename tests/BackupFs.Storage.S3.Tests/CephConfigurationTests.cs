using Amazon.Runtime;
using Microsoft.Extensions.Logging.Abstractions;

namespace BackupFs.Storage.S3.Tests;

public class CephConfigurationTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"ceph-{Gateway.Unique()}.json");

    public void Dispose()
    {
        File.Delete(_path);
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData("true", "https://ceph.example:7480/")]
    [InlineData("false", "http://ceph.example:7480/")]
    public void Vitess_file_is_read(string tls, string endpoint)
    {
        File.WriteAllText(_path, $$"""{"accessKey": "the-access", "secretKey": "the-secret", "endPoint": "ceph.example:7480", "useSSL": {{tls}}}""");
        var options = CephConfiguration.Parse(StorageUrl.Parse($"ceph://{_path}?region=default&tls-verify=false&timeout=7s&part-size=16MiB&upload-parallelism=2")).ReadOptions(out var credentials);
        Assert.Equal(new Uri(endpoint), options.Endpoint);
        Assert.Equal(("default", false, true, TimeSpan.FromSeconds(7)), (options.Region, options.Trust.Verifies, options.PathStyle, options.Limits.Timeout));
        var keys = Assert.IsType<BasicAWSCredentials>(credentials).GetCredentials();
        Assert.Equal(("the-access", "the-secret"), (keys.AccessKey, keys.SecretKey));
    }

    [Theory]
    [InlineData("", "is not what Vitess expects")]
    [InlineData("""{"accessKey": "a", "secretKey": "the-secret" """, "is not what Vitess expects")]
    [InlineData("""["the-secret"]""", "is not what Vitess expects")]
    [InlineData("""{"secretKey": "the-secret", "endPoint": "h:1", "useSSL": true}""", "has no accessKey")]
    [InlineData("""{"accessKey": "a", "secretKey": 5, "endPoint": "h:1"}""", "has no secretKey")]
    [InlineData("""{"accessKey": "a", "secretKey": "the-secret"}""", "has no endPoint")]
    [InlineData("""{"accessKey": "a", "secretKey": "the-secret", "endPoint": "http://h:1"}""", "HOST:PORT")]
    [InlineData("""{"accessKey": "a", "secretKey": "the-secret", "endPoint": "h:1/the-secret"}""", "HOST:PORT")]
    [InlineData("""{"accessKey": "a", "secretKey": "the-secret", "endPoint": "h:1", "useSSL": "the-secret"}""", "neither true nor false")]
    public void A_bad_file_is_told_without_its_secrets(string content, string message)
    {
        File.WriteAllText(_path, content);
        var exception = Assert.Throws<StorageException>(() => Open($"ceph://{_path}"));
        Assert.Equal(StorageErrorKind.InvalidArgument, exception.Kind);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.Contains(_path, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("the-secret", exception.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ceph:", StorageErrorKind.InvalidArgument)]
    [InlineData("ceph://host/file", StorageErrorKind.InvalidArgument)]
    [InlineData("ceph:///missing/file.json", StorageErrorKind.NotFound)]
    [InlineData("ceph:///missing/file.json?bucket=x", StorageErrorKind.InvalidArgument)]
    public void A_bad_location_is_told(string location, StorageErrorKind kind) =>
        Assert.Equal(kind, Assert.Throws<StorageException>(() => Open(location)).Kind);

    private static IObjectStore Open(string location) =>
        S3Storage.OpenCeph(StorageUrl.Parse(location), TimeProvider.System, () => 0, NullLogger.Instance);
}
