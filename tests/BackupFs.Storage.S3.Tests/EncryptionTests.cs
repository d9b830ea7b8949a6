using System.Buffers;
using System.Security.Cryptography;
using Amazon.S3;

namespace BackupFs.Storage.S3.Tests;

/// <summary>What a real gateway makes of TLS and server-side encryption, beyond the contract.</summary>
public sealed class EncryptionTests : IDisposable
{
    private static readonly ReadOnlySequence<byte> Body = new("content"u8.ToArray());
    private readonly string _keyFile = Path.Combine(Path.GetTempPath(), $"key-{Gateway.Unique()}");

    /// <summary>Only against hangs.</summary>
    private static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token;

    public void Dispose() => File.Delete(_keyFile);

    [Fact]
    public async Task Over_TLS_an_unknown_authority_is_refused_and_may_be_accepted_unseen()
    {
        var gateway = await Gateway.GetAsync();
        var options = gateway.TlsOptions(await gateway.CreateBucketAsync());
        Assert.True((await gateway.Open(options).PutAsync("a", Body, PutCondition.None, Soon)).IsOk);
        var refused = (await gateway.Open(options with { Trust = ServerTrust.Default }).PrepareAsync("a", Soon)).Error!;
        Assert.Equal((StorageErrorKind.Unavailable, false), (refused.Kind, refused.IsTransient));
        Assert.Contains("ca-file=", refused.Message, StringComparison.Ordinal);
        Assert.Contains("tls-verify=false", refused.Message, StringComparison.Ordinal);
        Assert.True((await gateway.Open(options with { Trust = new ServerTrust(Verifies: false, AuthorityFile: null) }).GetInfoAsync("a", Soon)).IsOk);
    }

    [Fact]
    public async Task An_object_has_the_key_of_the_key_service_that_was_named()
    {
        var gateway = await Gateway.GetAsync();
        var options = gateway.TlsOptions(await gateway.CreateBucketAsync()) with { Encryption = S3Encryption.Kms, KmsKeyId = gateway.KmsKeyId };
        Assert.True((await gateway.Open(options).PutAsync("a", Body, PutCondition.None, Soon)).IsOk);
        var head = await gateway.Client.GetObjectMetadataAsync(options.Bucket, "a");
        Assert.Equal(
            (ServerSideEncryptionMethod.AWSKMS, gateway.KmsKeyId), (head.ServerSideEncryptionMethod, head.ServerSideEncryptionKeyManagementServiceKeyId));
        var unknown = (await gateway.Open(options with { KmsKeyId = "no-such-key", Limits = RequestLimits.Default with { Retries = 0 } }).PutAsync("b", Body, PutCondition.None, Soon)).Error!;
        Assert.Equal((StorageErrorKind.AccessDenied, false), (unknown.Kind, unknown.IsTransient));
        Assert.Contains("sse-kms-key-id", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_ignores_the_encryption_is_told_and_keeps_nothing()
    {
        var gateway = await Gateway.GetAsync();
        var options = gateway.TlsOptions(await gateway.CreateBucketAsync()) with { Encryption = S3Encryption.Aes256 };
        var store = gateway.Open(options);
        foreach (var error in new[]
        {
            (await store.PutAsync("a", Body, PutCondition.Absent, Soon)).Error!, (await store.StartUploadAsync("b", Soon)).Error!,
        })
        {
            Assert.Equal((StorageErrorKind.Unsupported, false), (error.Kind, error.IsTransient));
            Assert.Contains("ignores sse=AES256", error.Message, StringComparison.Ordinal);
        }

        Assert.Empty(await gateway.KeysAsync(options.Bucket));
        Assert.Empty((await store.ListUploadsAsync("", Soon)).Value);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("50% of it")]
    public async Task A_large_encrypted_object_is_copied_also_where_the_server_does_not_copy(string name)
    {
        var gateway = await Gateway.GetAsync();
        await File.WriteAllBytesAsync(_keyFile, RandomNumberGenerator.GetBytes(S3CustomerKey.KeyBytes));
        var options = gateway.TlsOptions(await gateway.CreateBucketAsync()) with { Encryption = S3Encryption.CustomerKey, CustomerKeyFile = _keyFile };
        var store = gateway.Open(options);
        var content = RandomNumberGenerator.GetBytes((17 << 20) + 1000);
        Assert.True((await store.PutAsync(name, new ReadOnlySequence<byte>(content), PutCondition.None, Soon)).IsOk);

        var copy = await store.CopyAsync(name, "copy", Soon);

        Assert.True(copy.IsOk, $"{copy.Error}");
        var read = new byte[content.Length];
        Assert.Equal(content.Length, (await store.ReadAsync("copy", copy.Value.Tag, 0, read, Soon)).Value);
        Assert.True(content.AsSpan().SequenceEqual(read));
        Assert.Empty((await store.ListUploadsAsync("", Soon)).Value);
        await File.WriteAllBytesAsync(_keyFile, RandomNumberGenerator.GetBytes(S3CustomerKey.KeyBytes));
        Assert.Equal(StorageErrorKind.AccessDenied, (await gateway.Open(options).ReadAsync("copy", null, 0, read, Soon)).Error?.Kind);
    }

    [Fact]
    public async Task Another_customer_key_or_none_is_told_as_the_reason()
    {
        var gateway = await Gateway.GetAsync();
        await File.WriteAllBytesAsync(_keyFile, RandomNumberGenerator.GetBytes(S3CustomerKey.KeyBytes));
        var options = gateway.TlsOptions(await gateway.CreateBucketAsync()) with { Encryption = S3Encryption.CustomerKey, CustomerKeyFile = _keyFile };
        var stored = await gateway.Open(options).PutAsync("a", Body, PutCondition.None, Soon);
        Assert.True(stored.IsOk, $"{stored.Error}");
        await File.WriteAllBytesAsync(_keyFile, RandomNumberGenerator.GetBytes(S3CustomerKey.KeyBytes));
        var other = gateway.Open(options);
        var none = gateway.Open(options with { Encryption = S3Encryption.BucketDefault, CustomerKeyFile = null });
        foreach (var (store, words) in new[] { (other, "another key"), (none, "sse=sse_c") })
        {
            foreach (var error in new[]
            {
                (await store.GetInfoAsync("a", Soon)).Error!, (await store.ReadAsync("a", null, 0, new byte[7], Soon)).Error!,
                (await store.CopyAsync("a", "b", Soon)).Error!,
            })
            {
                Assert.True(error is { Kind: StorageErrorKind.AccessDenied, IsTransient: false }, $"{error.Kind}: {error}");
                Assert.Contains(words, error.Message, StringComparison.Ordinal);
            }
        }
    }
}
