using System.Security.Cryptography;

namespace BackupFs.Storage.S3.Tests;

/// <summary>Places of a real gateway that are reached over TLS, and whose objects the server encrypts.</summary>
internal static class EncryptedPlaces
{
    private static readonly Lazy<Task<string>> Bucket = new(async () => await (await Gateway.GetAsync()).CreateBucketAsync());

    private static readonly Lazy<string> KeyFile = new(() =>
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("backupfs-key-").FullName, "key");
        File.WriteAllBytes(path, RandomNumberGenerator.GetBytes(S3CustomerKey.KeyBytes));
        return path;
    });

    /// <summary>A client of a place; objects that are larger than a part are copied in parts.</summary>
    public static async ValueTask<IObjectStore> OpenAsync(string root, S3Encryption encryption)
    {
        var gateway = await Gateway.GetAsync();
        return gateway.Open(gateway.TlsOptions(await Bucket.Value, root) with
        {
            Encryption = encryption,
            KmsKeyId = encryption == S3Encryption.Kms ? gateway.KmsKeyId : null,
            CustomerKeyFile = encryption == S3Encryption.CustomerKey ? KeyFile.Value : null,
            LargestCopy = 5 << 20,
        });
    }
}

/// <summary>A store with a key of the key service.</summary>
public class KmsContractTests : ObjectStoreContract
{
    private readonly string _root = $"kms {Gateway.Unique()}";

    protected override async ValueTask<IObjectStore> CreateStoreAsync() => await ReopenAsync();

    protected override ValueTask<IObjectStore> ReopenAsync() => EncryptedPlaces.OpenAsync(_root, S3Encryption.Kms);
}

/// <summary>A store with a key that goes with every request.</summary>
public class CustomerKeyContractTests : ObjectStoreContract
{
    private readonly string _root = $"customer {Gateway.Unique()}";

    protected override async ValueTask<IObjectStore> CreateStoreAsync() => await ReopenAsync();

    protected override ValueTask<IObjectStore> ReopenAsync() => EncryptedPlaces.OpenAsync(_root, S3Encryption.CustomerKey);
}

/// <summary>Backups with a key of the key service.</summary>
public class KmsStorageContractTests : ObjectStorageContract
{
    private readonly string _root = $"kms/{Gateway.Unique()}";

    protected override ValueTask<IObjectStore> CreateStoreAsync() => ReopenStoreAsync();

    protected override ValueTask<IObjectStore> ReopenStoreAsync() => EncryptedPlaces.OpenAsync(_root, S3Encryption.Kms);
}

/// <summary>Backups with a key that goes with every request.</summary>
public class CustomerKeyStorageContractTests : ObjectStorageContract
{
    private readonly string _root = $"customer/{Gateway.Unique()}";

    protected override ValueTask<IObjectStore> CreateStoreAsync() => ReopenStoreAsync();

    protected override ValueTask<IObjectStore> ReopenStoreAsync() => EncryptedPlaces.OpenAsync(_root, S3Encryption.CustomerKey);
}
