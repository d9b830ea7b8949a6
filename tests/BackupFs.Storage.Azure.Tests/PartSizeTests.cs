using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using BackupFs.Storage.Objects;
using BackupFs.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace BackupFs.Storage.Azure.Tests;

public sealed class PartSizeTests
{
    [Theory]
    [InlineData("", 8)]
    [InlineData("&part-size=1MiB&upload-parallelism=1", 1)]
    [InlineData("&part-size=20MiB", 20)]
    [Promise("object-part-size")]
    public async Task A_blob_has_blocks_of_the_size_asked_for(string parameters, int mebibytes)
    {
        var size = mebibytes << 20;
        var location = await Azurite.NewLocationAsync(parameters);
        var options = UploadParameters.Apply(StorageUrl.Parse(location), new ObjectStorageOptions());
        var storage = new ObjectStorage(await Azurite.OpenAsync(location), options, TimeProvider.System, NullLogger.Instance);
        var content = new byte[(2 * size) + (18 << 20) + 1];
        Random.Shared.NextBytes(content);
        using var handle = await storage.StartBackupAsync("db", "monday", default);
        await using (var file = await handle.AddFileAsync("file", content.Length, default))
        {
            await file.WriteAsync(content);
        }

        var root = Uri.UnescapeDataString(location.Split('/')[3].Split('?')[0]);
        var blob = (await Azurite.ContainerAsync()).GetBlockBlobClient($"{root}/db/monday/file");
        var blocks = (await blob.GetBlockListAsync(BlockListTypes.Committed)).Value.CommittedBlocks.Select(block => block.SizeLong).ToList();
        Assert.Equal(content.Chunk(size).Select(part => part.LongLength), blocks);
        await storage.CloseAsync(default);
    }
}
