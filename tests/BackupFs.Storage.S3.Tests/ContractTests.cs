using Microsoft.Extensions.Logging.Abstractions;

namespace BackupFs.Storage.S3.Tests;

/// <summary>A bucket that all tests share; each has a root of its own.</summary>
public class S3ContractTests : ObjectStoreContract
{
    private static readonly Lazy<Task<string>> Bucket = new(async () => await (await Gateway.GetAsync()).CreateBucketAsync());
    private readonly string _root = $"backups/root {Gateway.Unique()}";

    protected override async ValueTask<IObjectStore> CreateStoreAsync() => await ReopenAsync();

    protected override async ValueTask<IObjectStore> ReopenAsync()
    {
        var gateway = await Gateway.GetAsync();
        return gateway.Open(gateway.Options(await Bucket.Value, _root));
    }
}

/// <summary>A bucket for each keyspace.</summary>
public class CephContractTests : ObjectStoreContract
{
    private readonly string _keyspace = $"Key_Space_{Gateway.Unique()}";
    private StorageUrl _url = null!;

    protected override string Keyspace => _keyspace;

    protected override bool HasOwnRoot => false;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await (await Gateway.GetAsync()).Client.DeleteBucketAsync(_keyspace.ToLowerInvariant().Replace('_', '-'));
        File.Delete(_url.Path);
    }

    protected override async ValueTask<IObjectStore> CreateStoreAsync()
    {
        _url = await (await Gateway.GetAsync()).WriteCephConfigurationAsync();
        return await ReopenAsync();
    }

    protected override ValueTask<IObjectStore> ReopenAsync() =>
        new(S3Storage.OpenCeph(_url, TimeProvider.System, Random.Shared.NextDouble, NullLogger.Instance));
}
