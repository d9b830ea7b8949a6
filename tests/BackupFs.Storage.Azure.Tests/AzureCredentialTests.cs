using System.Buffers;
using Azure.Storage.Sas;
using BackupFs.Storage.Objects;
using Xunit;

namespace BackupFs.Storage.Azure.Tests;

public sealed class AzureCredentialTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task A_key_in_a_file_may_end_with_a_newline()
    {
        var (_, account, key) = await Azurite.GetAsync();
        await File.WriteAllTextAsync(_file, key + "\n");
        await UseAsync(Azurite.Open(await Azurite.NewLocationAsync($"&account={account}&key-file={_file}"), _ => null));
    }

    [Fact]
    public async Task The_account_is_known_from_the_endpoint()
    {
        await File.WriteAllTextAsync(_file, (await Azurite.GetAsync()).Key);
        await UseAsync(Azurite.Open(await Azurite.NewLocationAsync($"&key-file={_file}"), _ => null));
    }

    [Theory]
    [InlineData("VT_AZBLOB_ACCOUNT_NAME", "VT_AZBLOB_ACCOUNT_KEY")]
    [InlineData("AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_KEY")]
    public async Task The_environment_may_have_account_and_key(string accountVariable, string keyVariable)
    {
        var (_, account, key) = await Azurite.GetAsync();
        await UseAsync(Azurite.Open(
            await Azurite.NewLocationAsync(), name => name == accountVariable ? account : name == keyVariable ? key : null));
    }

    [Fact]
    public async Task The_environment_may_have_a_connection_string()
    {
        var (endpoint, account, key) = await Azurite.GetAsync();
        await UseAsync(Azurite.Open(await Azurite.NewLocationAsync(), name => name == "AZURE_STORAGE_CONNECTION_STRING"
            ? $"DefaultEndpointsProtocol=http;AccountName={account};AccountKey={key};BlobEndpoint={endpoint};" : null));
    }

    [Fact]
    public async Task The_key_file_comes_before_the_environment()
    {
        var (_, account, key) = await Azurite.GetAsync();
        await File.WriteAllTextAsync(_file, key);
        await UseAsync(Azurite.Open(
            await Azurite.NewLocationAsync($"&account={account}&key-file={_file}"),
            name => name == "AZURE_STORAGE_KEY" ? Convert.ToBase64String(new byte[64]) : null));
    }

    [Fact]
    public async Task A_signature_for_the_container_is_enough()
    {
        var container = await Azurite.ContainerAsync();
        var signature = container.GenerateSasUri(
            BlobContainerSasPermissions.Read | BlobContainerSasPermissions.Write | BlobContainerSasPermissions.Create
            | BlobContainerSasPermissions.Delete | BlobContainerSasPermissions.List,
            DateTimeOffset.UtcNow.AddHours(1)).Query;
        await File.WriteAllTextAsync(_file, signature + "\n");
        await UseAsync(Azurite.Open(await Azurite.NewLocationAsync($"&sas-file={_file}"), _ => null));
    }

    [Fact]
    public async Task A_wrong_key_and_an_expired_signature_are_denied_access_without_being_shown()
    {
        var (_, account, _) = await Azurite.GetAsync();
        var wrong = Convert.ToBase64String(new byte[64]);
        var denied = await Azurite.Open(
            await Azurite.NewLocationAsync(), name => name switch { "AZURE_STORAGE_ACCOUNT" => account, "AZURE_STORAGE_KEY" => wrong, _ => null })
            .PrepareAsync("key", default);
        Assert.Equal(StorageErrorKind.AccessDenied, denied.Error?.Kind);
        Assert.Contains("check the account, the key", denied.Error!.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(wrong, denied.Error.Message, StringComparison.Ordinal);

        var expired = (await Azurite.ContainerAsync()).GenerateSasUri(BlobContainerSasPermissions.List, DateTimeOffset.UtcNow.AddHours(-1)).Query;
        await File.WriteAllTextAsync(_file, expired);
        denied = await Azurite.Open(await Azurite.NewLocationAsync($"&sas-file={_file}"), _ => null).PrepareAsync("key", default);
        Assert.Equal(StorageErrorKind.AccessDenied, denied.Error?.Kind);
        Assert.DoesNotContain("sig=", denied.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_missing_is_named()
    {
        var endpoint = (await Azurite.GetAsync()).Endpoint;
        var error = await ErrorOfAsync($"azblob://c?endpoint={endpoint}&key-file={_file}.missing", _ => null);
        Assert.Equal(StorageErrorKind.AccessDenied, error.Kind);
        Assert.Contains(_file, error.Message, StringComparison.Ordinal);

        error = await ErrorOfAsync($"azblob://c?key-file={_file}", _ => null);
        Assert.Equal(StorageErrorKind.InvalidArgument, error.Kind);
        Assert.Contains("account=NAME", error.Message, StringComparison.Ordinal);

        error = await ErrorOfAsync($"azblob://c?endpoint={endpoint}", _ => null);
        Assert.Equal(StorageErrorKind.AccessDenied, error.Kind);
        Assert.Contains("key-file=PATH", error.Message, StringComparison.Ordinal);

        error = await ErrorOfAsync("azblob://c?account=acc", name => name == "AZURE_STORAGE_KEY" ? "secret!" : null);
        Assert.Equal(StorageErrorKind.InvalidArgument, error.Kind);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);

        error = await ErrorOfAsync("azblob://c", name => name == "AZURE_STORAGE_CONNECTION_STRING" ? "AccountKey=secret" : null);
        Assert.Equal(StorageErrorKind.InvalidArgument, error.Kind);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    private static async Task<StorageError> ErrorOfAsync(string location, Func<string, string?> environment)
    {
        var result = await Azurite.Open(location, environment).PrepareAsync("key", default);
        Assert.False(result.IsOk);
        return result.Error;
    }

    /// <summary>Everything that needs its own rights.</summary>
    private static async Task UseAsync(AzureObjectStore store)
    {
        var content = new byte[100_000];
        new Random(1).NextBytes(content);
        Assert.Null((await store.PrepareAsync("key", default)).Error);
        var put = (await store.PutAsync("a & b/+%41", new ReadOnlySequence<byte>(content), PutCondition.Absent, default)).Value;
        Assert.Equal(put.Tag, (await store.CopyAsync("a & b/+%41", "copy", default)).IsOk ? (await store.GetInfoAsync("a & b/+%41", default)).Value.Tag : "");
        var upload = (await store.StartUploadAsync("parts", default)).Value;
        Assert.Null((await upload.CopyPartAsync(1, "a & b/+%41", put.Tag, 10, 50_000, default)).Error);
        Assert.Null((await upload.UploadPartAsync(2, new ReadOnlySequence<byte>(content), true, default)).Error);
        Assert.Equal(150_000, (await upload.CompleteAsync(2, default)).Value.Size);
        var read = new byte[1000];
        Assert.Equal(1000, (await store.ReadAsync("parts", null, 0, read, default)).Value);
        Assert.Equal(content[10..1010], read);
        Assert.Equal(3, (await store.ListAsync(new ObjectListing(""), default)).Value.Objects.Count);
        Assert.Null((await store.DeleteAsync(["a & b/+%41", "copy", "parts"], default)).Error);
        await store.CloseAsync(default);
    }
}
