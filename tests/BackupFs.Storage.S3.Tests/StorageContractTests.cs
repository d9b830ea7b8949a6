using Microsoft.Extensions.Logging.Abstractions;

namespace BackupFs.Storage.S3.Tests;

/// <summary>Backups over a real gateway: a bucket that all tests share, each with a root of its own.</summary>
public class S3StorageContractTests : ObjectStorageContract
{
    private static readonly Lazy<Task<string>> Bucket = new(async () => await (await Gateway.GetAsync()).CreateBucketAsync());
    private readonly string _root = $"backups/{Gateway.Unique()}";

    protected override ValueTask<IObjectStore> CreateStoreAsync() => ReopenStoreAsync();

    protected override async ValueTask<IObjectStore> ReopenStoreAsync()
    {
        var gateway = await Gateway.GetAsync();
        return gateway.Open(gateway.Options(await Bucket.Value, _root));
    }
}

/// <summary>Backups by Ceph's rules; every directory of a test is below a keyspace of its own, since buckets are everybody's.</summary>
public sealed class CephStorageContractTests : ObjectStorageContract
{
    private readonly string _keyspace = $"Key_Space_{Gateway.Unique()}";
    private StorageUrl _url = null!;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        File.Delete(_url.Path);
    }

    protected override async ValueTask<IObjectStore> CreateStoreAsync()
    {
        _url = await (await Gateway.GetAsync()).WriteCephConfigurationAsync();
        return await ReopenStoreAsync();
    }

    protected override ValueTask<IObjectStore> ReopenStoreAsync() =>
        new(new StoreBelowKey(S3Storage.OpenCeph(_url, TimeProvider.System, Random.Shared.NextDouble, NullLogger.Instance), _keyspace + "/"));
}
