using System.Security.Cryptography;
using Amazon.S3.Model;
using BackupFs.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace BackupFs.Storage.S3.Tests;

public class PartSizeTests
{
    [Theory]
    [InlineData("", 8)]
    [InlineData("?part-size=5MiB", 5)]
    [InlineData("?part-size=16MiB&upload-parallelism=2", 16)]
    [Promise("object-part-size")]
    public async Task The_gateway_has_a_file_in_parts_of_the_size_asked_for(string parameters, int mebibytes)
    {
        var size = mebibytes << 20;
        var gateway = await Gateway.GetAsync();
        var bucket = await gateway.CreateBucketAsync();
        var options = UploadParameters.Apply(StorageUrl.Parse($"s3://{bucket}{parameters}"), new ObjectStorageOptions());
        var storage = new ObjectStorage(gateway.Open(gateway.Options(bucket)), options, TimeProvider.System, NullLogger.Instance);
        var content = new byte[(2 * size) + (17 << 20)];
        Random.Shared.NextBytes(content);
        using var handle = await storage.StartBackupAsync("db", "monday", default);
        await using (var file = await handle.AddFileAsync("file", content.Length, default))
        {
            await file.WriteAsync(content);
        }

        // The tag that S3 makes of parts: the MD5 of their MD5s, and how many they are.
        var sums = content.Chunk(size).Select(part => MD5.HashData(part)).ToList();
        var tag = $"\"{Convert.ToHexStringLower(MD5.HashData([.. sums.SelectMany(sum => sum)]))}-{sums.Count}\"";
        var stored = await gateway.Client.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = bucket, Key = "db/monday/file" });
        Assert.Equal(tag, stored.ETag);
        await storage.CloseAsync(default);
    }
}
