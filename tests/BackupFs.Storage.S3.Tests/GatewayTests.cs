using System.Buffers;
using System.Text;
using Amazon.Runtime;
using Amazon.S3.Model;
using Microsoft.Extensions.Logging.Abstractions;

namespace BackupFs.Storage.S3.Tests;

/// <summary>What the contract does not ask for, on a real Ceph.</summary>
public class GatewayTests
{
    private static readonly ReadOnlySequence<byte> Body = new("content"u8.ToArray());

    /// <summary>Only against hangs.</summary>
    private static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token;

    [Fact]
    public async Task Keys_are_where_Vitess_has_them()
    {
        var gateway = await Gateway.GetAsync();
        var bucket = await gateway.CreateBucketAsync();
        Ok(await gateway.Open(gateway.Options(bucket, "backups/mysql")).PutAsync("commerce/-80/monday/MANIFEST", Body, PutCondition.None, Soon));
        Ok(await gateway.Open(gateway.Options(bucket)).PutAsync("commerce/80-/monday/0", Body, PutCondition.None, Soon));
        Assert.Equal(["backups/mysql/commerce/-80/monday/MANIFEST", "commerce/80-/monday/0"], await gateway.KeysAsync(bucket));
    }

    [Fact]
    public async Task Ceph_has_a_bucket_for_each_keyspace()
    {
        var gateway = await Gateway.GetAsync();
        var unique = Gateway.Unique();
        var url = await gateway.WriteCephConfigurationAsync();
        var store = S3Storage.OpenCeph(url, TimeProvider.System, () => 0, NullLogger.Instance);

        // Two keyspaces that share a bucket, one of its own, one that was never written, and a bucket that is not Vitess's.
        string[] keyspaces = [$"My_{unique}_KS", $"my-{unique}-ks", $"other{unique}"];
        foreach (var keyspace in keyspaces)
        {
            Ok(await store.PrepareAsync($"{keyspace}/-80/monday", Soon));
            Ok(await store.PutAsync($"{keyspace}/-80/monday/MANIFEST", Body, PutCondition.None, Soon));
        }

        await gateway.Client.PutBucketAsync($"foreign{unique}");
        await gateway.Client.PutObjectAsync(new PutObjectRequest { BucketName = $"foreign{unique}", Key = "something/else", ContentBody = "x", UseChunkEncoding = false });
        Assert.Equal(
            keyspaces.Take(2).Select(keyspace => $"{keyspace}/-80/monday/MANIFEST").Order(StringComparer.Ordinal),
            await gateway.KeysAsync($"my-{unique}-ks"));

        var top = Ok(await store.ListAsync(new ObjectListing("", ByDirectory: true), Soon));
        Assert.Equal(keyspaces.Select(keyspace => keyspace + "/").Order(StringComparer.Ordinal), top.Directories.Where(name => name.Contains(unique, StringComparison.Ordinal)));
        Assert.DoesNotContain("something/", top.Directories);

        // All keys below a part of a keyspace's name, by pages, in order.
        var (keys, continuation) = (new List<string>(), (string?)null);
        do
        {
            var page = Ok(await store.ListAsync(new ObjectListing("", false, continuation, 1), Soon));
            Assert.True(page.Objects.Count <= 1);
            keys.AddRange(page.Objects.Select(info => info.Key));
            continuation = page.Continuation;
        }
        while (continuation is not null);

        Assert.Equal(keys.Order(KeyOrder.Instance), keys);
        Assert.Equal(3, keys.Count(key => key.Contains(unique, StringComparison.Ordinal)));

        Assert.Empty(Ok(await store.ListAsync(new ObjectListing($"never{unique}/"), Soon)).Objects);
        Assert.Empty(Ok(await store.ListUploadsAsync($"never{unique}/", Soon)));
        Assert.Equal(StorageErrorKind.NotFound, (await store.GetInfoAsync($"never{unique}/x", Soon)).Error?.Kind);
        Assert.Equal(StorageErrorKind.NotFound, (await store.ReadAsync($"never{unique}/x", null, 0, new byte[1], Soon)).Error?.Kind);
        Ok(await store.DeleteAsync([$"never{unique}/x", "ü/x"], Soon));
        Assert.Equal(StorageErrorKind.InvalidName, (await store.PrepareAsync("ü/x", Soon)).Error?.Kind);
        Assert.Equal(StorageErrorKind.InvalidName, (await store.PutAsync("ü/x", Body, PutCondition.None, Soon)).Error?.Kind);
        Assert.Empty(Ok(await store.ListAsync(new ObjectListing("ü/"), Soon)).Objects);
        File.Delete(url.Path);
    }

    [Fact]
    public async Task A_bucket_that_is_missing_or_forbidden_is_told()
    {
        var gateway = await Gateway.GetAsync();
        var missing = gateway.Open(gateway.Options("missing-bucket"));
        foreach (var error in new[]
        {
            (await missing.PrepareAsync("a/b", Soon)).Error, (await missing.ListAsync(new ObjectListing(""), Soon)).Error,
            (await missing.PutAsync("a/b", Body, PutCondition.None, Soon)).Error, (await missing.StartUploadAsync("a/b", Soon)).Error,
        })
        {
            Assert.Equal(StorageErrorKind.NotFound, error?.Kind);
            Assert.Contains("'missing-bucket' does not exist", error?.Message, StringComparison.Ordinal);
        }

        var bucket = await gateway.CreateBucketAsync();
        Ok(await gateway.Open(gateway.Options(bucket)).PutAsync("a/b", Body, PutCondition.None, Soon));
        var other = gateway.Open(gateway.Options(bucket), new BasicAWSCredentials(gateway.OtherAccessKey, gateway.OtherSecretKey));
        var unknown = gateway.Open(gateway.Options(bucket), new BasicAWSCredentials("nobody", "secret"));
        var wrong = gateway.Open(gateway.Options(bucket), new BasicAWSCredentials(gateway.AccessKey, "wrong secret"));
        foreach (var (store, message) in new[] { (other, "denies access"), (unknown, "access key"), (wrong, "signature is wrong") })
        {
            var error = (await store.PrepareAsync("a/b", Soon)).Error;
            Assert.Equal(StorageErrorKind.AccessDenied, error?.Kind);
            Assert.Contains(message, error?.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("secret'", error?.Message, StringComparison.Ordinal);
            Assert.Equal(StorageErrorKind.AccessDenied, (await store.PutAsync("a/b", Body, PutCondition.None, Soon)).Error?.Kind);
            Assert.Equal(StorageErrorKind.AccessDenied, (await store.GetInfoAsync("a/b", Soon)).Error?.Kind);
            Assert.Equal(StorageErrorKind.AccessDenied, (await store.ReadAsync("a/b", null, 0, new byte[1], Soon)).Error?.Kind);
        }
    }

    [Fact]
    public async Task Nothing_at_the_address_is_told()
    {
        var gateway = await Gateway.GetAsync();
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var endpoint = new Uri($"http://{listener.LocalEndpoint}");
        listener.Stop();
        var store = gateway.Open(gateway.Options("bucket") with { Endpoint = endpoint, Limits = RequestLimits.Default with { Retries = 1 }, FirstBackoff = TimeSpan.FromMilliseconds(1) });
        var error = (await store.PrepareAsync("a/b", Soon)).Error;
        Assert.Equal((StorageErrorKind.Unavailable, true), (error?.Kind, error?.IsTransient));
        Assert.Contains("nothing listens", error?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_profile_that_does_not_exist_is_told()
    {
        var gateway = await Gateway.GetAsync();
        var options = gateway.Options("bucket") with { Profile = $"missing-{Gateway.Unique()}" };
        var store = S3Storage.OpenS3(options, null, TimeProvider.System, () => 0, NullLogger.Instance);
        var error = (await store.PrepareAsync("a/b", Soon)).Error;
        Assert.True(error?.Kind == StorageErrorKind.AccessDenied, error?.ToString());
        Assert.Contains(options.Profile, error?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_large_object_is_copied_in_parts()
    {
        const int Part = 5 << 20;
        var gateway = await Gateway.GetAsync();
        var options = gateway.Options(await gateway.CreateBucketAsync()) with { LargestCopy = Part };
        var store = gateway.Open(options);
        var content = new byte[(2 * Part) + 1000];
        new Random(5).NextBytes(content);
        Ok(await store.PutAsync("from", new ReadOnlySequence<byte>(content), PutCondition.None, Soon));
        var copy = Ok(await store.CopyAsync("from", "to", Soon));
        Assert.Equal(content.Length, copy.Size);
        Assert.EndsWith("-3", copy.Tag, StringComparison.Ordinal);
        var read = new byte[content.Length];
        Assert.Equal(content.Length, Ok(await store.ReadAsync("to", copy.Tag, 0, read, Soon)));
        Assert.True(content.AsSpan().SequenceEqual(read));
        Assert.Empty(Ok(await store.ListUploadsAsync("", Soon)));
    }

    [Fact]
    public async Task A_customer_key_is_needed_for_everything_it_encrypted()
    {
        const int Part = 5 << 20;
        var gateway = await Gateway.GetAsync();
        var file = Path.Combine(Path.GetTempPath(), $"key-{Gateway.Unique()}");
        await File.WriteAllBytesAsync(file, Encoding.ASCII.GetBytes(Convert.ToBase64String([.. Enumerable.Range(1, 32).Select(i => (byte)i)])));
        var options = gateway.Options(await gateway.CreateBucketAsync());
        var store = gateway.Open(options with { Encryption = S3Encryption.CustomerKey, CustomerKeyFile = file, LargestCopy = Part });
        var content = new byte[Part + 1000];
        new Random(6).NextBytes(content);
        var small = Ok(await store.PutAsync("small", Body, PutCondition.Absent, Soon));
        var upload = Ok(await store.StartUploadAsync("large", Soon));
        Ok(await upload.UploadPartAsync(1, new ReadOnlySequence<byte>(content, 0, Part), false, Soon));
        Ok(await upload.UploadPartAsync(2, new ReadOnlySequence<byte>(content, Part, 1000), true, Soon));
        var large = Ok(await upload.CompleteAsync(2, Soon));
        foreach (var info in new[] { small, large })
        {
            Assert.Equal(info.Size, Ok(await store.GetInfoAsync(info.Key, Soon)).Size);
            var read = new byte[info.Size];
            Assert.Equal(info.Size, Ok(await store.ReadAsync(info.Key, info.Tag, 0, read, Soon)));
            Assert.True((info == small ? "content"u8 : content.AsSpan()).SequenceEqual(read));
        }

        var without = gateway.Open(options with { Limits = options.Limits with { Retries = 0 } });
        Assert.False((await without.GetInfoAsync("small", Soon)).IsOk);
        Assert.False((await without.ReadAsync("small", null, 0, new byte[5], Soon)).IsOk);
        await File.WriteAllBytesAsync(file, [.. Enumerable.Range(2, 32).Select(i => (byte)i)]);
        await store.CloseAsync(Soon);
        Assert.False((await store.ReadAsync("small", null, 0, new byte[5], Soon)).IsOk);
        File.Delete(file);
        await store.CloseAsync(Soon);
        Assert.Equal(StorageErrorKind.NotFound, (await store.PutAsync("small", Body, PutCondition.None, Soon)).Error?.Kind);
    }

    private static T Ok<T>(StorageResult<T> result)
    {
        Assert.True(result.IsOk, $"{result.Error?.Kind}: {result.Error}");
        return result.Value;
    }
}
