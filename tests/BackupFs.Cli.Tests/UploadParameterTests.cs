using BackupFs.Storage;
using BackupFs.Storage.Objects;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace BackupFs.Cli.Tests;

/// <summary>The parameters that the locations of all object storages have in common.</summary>
public sealed class UploadParameterTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public static TheoryData<string> Locations => ["s3://bucket/root?region=a&", "azblob://container?account=a&", "gcs://bucket?anonymous=true&", "ceph?"];

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Locations))]
    public async Task Every_object_storage_takes_them(string location)
    {
        var storage = Open(location + "part-size=64MiB&upload-parallelism=2", 512);
        await storage.CloseAsync(default);
    }

    [Theory]
    [MemberData(nameof(Locations))]
    public void Every_object_storage_says_what_is_not_possible(string location)
    {
        Assert.Contains("it needs --memory 512MiB, or part-size=32MiB or less", Refused(location + "part-size=64MiB"), StringComparison.Ordinal);
        Assert.Contains("'upload-parallelism' is a number from 1 to 64", Refused(location + "upload-parallelism=0"), StringComparison.Ordinal);
        Assert.Contains("part-size", Refused(location + "part-sise=64MiB"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s3://bucket?part-size=5242879", "the store takes parts of 5MiB or more")]
    [InlineData("gcs://bucket?part-size=262143&anonymous=true", "the store takes parts of 256KiB or more")]
    [InlineData("azblob://container?part-size=4001MiB", "the store takes parts of 4000MiB or less")]
    [InlineData("s3://bucket?part-size=6GiB", "the store takes parts of 5GiB or less")]
    [InlineData("directory:///srv?part-size=8MiB", "takes no parameters")]
    [InlineData("file:///srv?part-size=8MiB", "takes no parameters")]
    public void Each_storage_has_its_own_bounds(string location, string message) =>
        Assert.Contains(message, Refused(location), StringComparison.Ordinal);

    private string Refused(string location)
    {
        var refused = Assert.Throws<StorageException>(() => Open(location, 256));
        Assert.Equal(StorageErrorKind.InvalidArgument, refused.Kind);
        return refused.Message;
    }

    private IBackupStorage Open(string location, int mebibytes)
    {
        if (location.StartsWith("ceph?", StringComparison.Ordinal))
        {
            var file = Path.Combine(_directory.Path, "ceph.json");
            File.WriteAllText(file, """{"accessKey": "a", "secretKey": "s", "endPoint": "127.0.0.1:1", "useSSL": false}""");
            location = $"ceph://{file}{location["ceph".Length..]}";
        }

        return new Composition().OpenStorage(
            new StorageSource(location) { Objects = new ObjectStorageOptions { Memory = (long)mebibytes << 20 } }, NullLoggerFactory.Instance);
    }
}
