using System.Buffers;
using System.Text;
using Azure.Storage.Blobs.Specialized;
using BackupFs.Storage.Objects;
using Xunit;

namespace BackupFs.Storage.Azure.Tests;

/// <summary>What is Azure's own about uploads and copies.</summary>
public sealed class AzureUploadTests
{
    [Fact]
    public async Task Two_uploads_to_one_key_never_mix()
    {
        var store = await Azurite.OpenAsync(await Azurite.NewLocationAsync());
        var (first, second) = ((await store.StartUploadAsync("key", default)).Value, (await store.StartUploadAsync("key", default)).Value);
        foreach (var number in new[] { 1, 2 })
        {
            Assert.True((await first.UploadPartAsync(number, Body($"first {number};"), number == 2, default)).IsOk);
            Assert.True((await second.UploadPartAsync(number, Body($"second {number};"), number == 2, default)).IsOk);
        }

        Assert.True((await second.CompleteAsync(2, default)).IsOk);
        Assert.Equal("second 1;second 2;", await TextAsync(store, "key"));

        // Azure dropped the blocks of the other one.
        var late = await first.CompleteAsync(2, default);
        Assert.Equal(StorageErrorKind.Busy, late.Error?.Kind);
        Assert.Equal("second 1;second 2;", await TextAsync(store, "key"));
    }

    [Fact]
    public async Task Blocks_that_another_program_left_are_named_as_what_is_in_the_way()
    {
        var location = await Azurite.NewLocationAsync();
        var store = await Azurite.OpenAsync(location);
        var foreign = (await Azurite.ContainerAsync()).GetBlockBlobClient($"{Uri.UnescapeDataString(location.Split('/')[3].Split('?')[0])}/key");
        await foreign.StageBlockAsync(Convert.ToBase64String(Encoding.ASCII.GetBytes("short")), new MemoryStream([1]));
        var upload = (await store.StartUploadAsync("key", default)).Value;
        var staged = await upload.UploadPartAsync(1, Body("content"), true, default);
        Assert.Equal(StorageErrorKind.Busy, staged.Error?.Kind);
        Assert.Contains("a week", staged.Error!.Message, StringComparison.Ordinal);

        // A put takes no blocks.
        Assert.True((await store.PutAsync("key", Body("put"), PutCondition.None, default)).IsOk);
        Assert.Equal("put", await TextAsync(store, "key"));
    }

    [Fact]
    public async Task A_large_copy_is_made_of_blocks()
    {
        var store = await Azurite.OpenAsync(await Azurite.NewLocationAsync());
        var content = new byte[1_000_001];
        new Random(3).NextBytes(content);
        var source = (await store.PutAsync("from", new ReadOnlySequence<byte>(content), PutCondition.None, default)).Value;
        var copy = await store.CopyByBlocksAsync(source, "to", 200_000, default);
        Assert.Equal(content.Length, copy.Value.Size);
        Assert.Equal(copy.Value.Tag, (await store.GetInfoAsync("to", default)).Value.Tag);
        var read = new byte[content.Length + 1];
        Assert.Equal(content.Length, (await store.ReadAsync("to", null, 0, read, default)).Value);
        Assert.True(read.AsSpan(0, content.Length).SequenceEqual(content));

        await store.PutAsync("from", Body("another version"), PutCondition.None, default);
        Assert.Equal(StorageErrorKind.Corrupt, (await store.CopyByBlocksAsync(source, "to", 200_000, default)).Error?.Kind);
        Assert.Equal(content.Length, (await store.GetInfoAsync("to", default)).Value.Size);
    }

    [Fact]
    public async Task A_leased_blob_is_busy()
    {
        var location = await Azurite.NewLocationAsync();
        var store = await Azurite.OpenAsync(location);
        await store.PutAsync("key", Body("content"), PutCondition.None, default);
        var blob = (await Azurite.ContainerAsync()).GetBlockBlobClient($"{Uri.UnescapeDataString(location.Split('/')[3].Split('?')[0])}/key");
        var lease = blob.GetBlobLeaseClient();
        await lease.AcquireAsync(TimeSpan.FromSeconds(-1));
        Assert.Equal(StorageErrorKind.Busy, (await store.DeleteAsync(["key"], default)).Error?.Kind);
        Assert.Equal(StorageErrorKind.Busy, (await store.PutAsync("key", Body("new"), PutCondition.None, default)).Error?.Kind);
        await lease.ReleaseAsync();
        Assert.True((await store.DeleteAsync(["key"], default)).IsOk);
    }

    [Fact]
    public async Task A_container_that_does_not_exist_is_not_found_with_a_message()
    {
        var (endpoint, _, _) = await Azurite.GetAsync();
        var store = await Azurite.OpenAsync($"azblob://missing-{Guid.NewGuid():n}?endpoint={endpoint}");
        StorageError?[] errors =
        [
            (await store.PrepareAsync("key", default)).Error,
            (await store.ListAsync(new ObjectListing(""), default)).Error,
            (await store.PutAsync("key", Body("x"), PutCondition.None, default)).Error,
        ];
        Assert.All(errors, error =>
        {
            Assert.Equal(StorageErrorKind.NotFound, error?.Kind);
            Assert.Contains("container does not exist", error!.Message, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData(1025, 1)]
    [InlineData(600, 255)]
    public async Task A_name_that_Azure_cannot_keep_is_refused(int length, int segments)
    {
        var store = Azurite.Open("azblob://c?account=acc", _ => null);
        var key = string.Concat(Enumerable.Repeat("a/", segments - 1)).PadRight(length, 'n');
        Assert.Equal(StorageErrorKind.NameTooLong, (await store.PutAsync(key, Body("x"), PutCondition.None, default)).Error?.Kind);
        Assert.Equal(StorageErrorKind.NameTooLong, (await store.StartUploadAsync(key, default)).Error?.Kind);
        Assert.Equal(StorageErrorKind.NameTooLong, (await store.CopyAsync("x", key, default)).Error?.Kind);
    }

    [Theory]
    [InlineData("a/../b")]
    [InlineData("./b")]
    [InlineData("..")]
    public async Task A_name_that_leads_elsewhere_is_never_asked_for(string key)
    {
        var store = await Azurite.OpenAsync(await Azurite.NewLocationAsync());
        Assert.True((await store.PutAsync("b", Body("stays"), PutCondition.None, default)).IsOk);
        Assert.Equal(StorageErrorKind.InvalidName, (await store.PutAsync(key, Body("x"), PutCondition.None, default)).Error?.Kind);
        Assert.Equal(StorageErrorKind.NotFound, (await store.GetInfoAsync(key, default)).Error?.Kind);
        Assert.True((await store.DeleteAsync([key], default)).IsOk);
        Assert.Equal("stays", await TextAsync(store, "b"));
    }

    private static ReadOnlySequence<byte> Body(string text) => new(Encoding.UTF8.GetBytes(text));

    private static async Task<string> TextAsync(AzureObjectStore store, string key)
    {
        var buffer = new byte[1000];
        return Encoding.UTF8.GetString(buffer, 0, (await store.ReadAsync(key, null, 0, buffer, default)).Value);
    }
}
