using Xunit;

namespace BackupFs.Storage.Azure.Tests;

public sealed class AzureStoreOptionsTests
{
    [Fact]
    public void A_location_says_everything()
    {
        var options = AzureStoreOptions.Of(StorageUrl.Parse(
            "azblob://backups/my/root/?account=acc&key-file=/etc/key&endpoint=http://127.0.0.1:10000/acc/&timeout=90s&connect-timeout=500ms&retries=7&part-size=16MiB&upload-parallelism=2&clamp=true"));
        Assert.Equal(("backups", "/my/root", "acc", "/etc/key"), (options.Container, options.Root.ToString(), options.Account, options.KeyFile));
        Assert.Null(options.SasFile);
        Assert.Equal("http://127.0.0.1:10000/acc", options.Endpoint?.AbsoluteUri);
        Assert.Equal((TimeSpan.FromSeconds(90), TimeSpan.FromMilliseconds(500), 7), (options.Limits.Timeout, options.Limits.ConnectTimeout, options.Limits.Retries));
    }

    [Fact]
    public void Without_a_root_keys_are_names()
    {
        Assert.Equal("a/b", AzureStoreOptions.Of(StorageUrl.Parse("azblob://backups")).Root.Add("a/b"));
        Assert.Equal("root/a/b", AzureStoreOptions.Of(StorageUrl.Parse("azblob://backups/root/")).Root.Add("a/b"));
        Assert.Equal("a/b", AzureStoreOptions.Of(StorageUrl.Parse("azblob://backups/root/")).Root.Strip("root/a/b"));
    }

    [Theory]
    [InlineData("azblob:", "names no container")]
    [InlineData("azblob://acc:c2VjcmV0@backups", "names no container")]
    [InlineData("azblob://backups/a/../b", "must be a path")]
    [InlineData("azblob://backups//a", "must be a path")]
    [InlineData("azblob://backups?acount=c2VjcmV0", "'acount' is unknown; 'azblob' knows account, ca-file, clamp, connect-timeout, endpoint, key-file, part-size, retries, sas-file, timeout, tls-verify, upload-parallelism")]
    [InlineData("azblob://backups?key-file=/c2VjcmV0&sas-file=/c2VjcmV0", "'sas-file' cannot stand beside key-file")]
    [InlineData("azblob://backups?account=", "'account' has no value")]
    [InlineData("azblob://backups?timeout=60", "'timeout' is a number with a unit")]
    [InlineData("azblob://backups?timeout=0s", "'timeout' is a number with a unit")]
    [InlineData("azblob://backups?timeout=25h", "'timeout' is a number with a unit")]
    [InlineData("azblob://backups?retries=-1", "'retries' is a number from 0 to 100")]
    [InlineData("azblob://backups?retries=101", "'retries' is a number from 0 to 100")]
    [InlineData("azblob://backups?endpoint=acc.example", "'endpoint' is an address")]
    [InlineData("azblob://backups?endpoint=https://acc.example/?sig=c2VjcmV0", "'endpoint' is an address")]
    [InlineData("azblob://backups?endpoint=ftp://acc.example", "'endpoint' is an address")]
    public void What_cannot_be_meant_is_refused_without_showing_secrets(string location, string message)
    {
        var refused = Assert.Throws<StorageException>(() => AzureStoreOptions.Of(StorageUrl.Parse(location)));
        Assert.Equal(StorageErrorKind.InvalidArgument, refused.Kind);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("c2VjcmV0", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_location_that_is_shown_has_no_parameters()
    {
        var store = Azurite.Open("azblob://backups/root?account=acc&key-file=/etc/key", _ => null);
        Assert.Equal(("azblob", "azblob://backups/root"), (store.Scheme, store.Location));
    }
}
