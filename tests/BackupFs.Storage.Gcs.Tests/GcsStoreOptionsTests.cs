using Xunit;

namespace BackupFs.Storage.Gcs.Tests;

public sealed class GcsStoreOptionsTests
{
    [Fact]
    public void A_location_says_everything()
    {
        var options = GcsStoreOptions.Of(
            StorageUrl.Parse("gcs://backups/my/root/?credentials-file=/etc/c.json&endpoint=https://storage.example/&timeout=90s&connect-timeout=500ms&retries=0&part-size=16MiB&upload-parallelism=2&clamp=true"),
            _ => null);
        Assert.Equal(("backups", "/my/root", "/etc/c.json", false), (options.Bucket, options.Root.ToString(), options.CredentialsFile, options.Anonymous));
        Assert.Equal("https://storage.example/", options.Endpoint.AbsoluteUri);
        Assert.Equal((TimeSpan.FromSeconds(90), TimeSpan.FromMilliseconds(500), 0), (options.Limits.Timeout, options.Limits.ConnectTimeout, options.Limits.Retries));
    }

    [Fact]
    public void The_public_service_is_used_with_credentials_unless_something_else_is_said()
    {
        var options = GcsStoreOptions.Of(StorageUrl.Parse("gcs://backups"), _ => null);
        Assert.Equal(("https://storage.googleapis.com/", false), (options.Endpoint.AbsoluteUri, options.Anonymous));
    }

    [Theory]
    [InlineData("127.0.0.1:9000", "http://127.0.0.1:9000/")]
    [InlineData("http://emulator:9000/", "http://emulator:9000/")]
    public void An_emulator_of_the_environment_is_asked_anonymously(string host, string address)
    {
        var options = GcsStoreOptions.Of(StorageUrl.Parse("gcs://backups"), name => name == "STORAGE_EMULATOR_HOST" ? host : null);
        Assert.Equal((address, true), (options.Endpoint.AbsoluteUri, options.Anonymous));

        // What the location says comes first.
        options = GcsStoreOptions.Of(StorageUrl.Parse("gcs://backups?endpoint=https://storage.example"), _ => host);
        Assert.Equal(("https://storage.example/", false), (options.Endpoint.AbsoluteUri, options.Anonymous));
    }

    [Theory]
    [InlineData("gcs:", "names no bucket")]
    [InlineData("gcs://c2VjcmV0@backups", "names no bucket")]
    [InlineData("gcs://backups/a/../b", "must be a path")]
    [InlineData("gcs://backups?credential-file=c2VjcmV0", "'credential-file' is unknown; 'gcs' knows anonymous, ca-file, clamp, connect-timeout, credentials-file, endpoint, part-size, retries, timeout, tls-verify, upload-parallelism")]
    [InlineData("gcs://backups?anonymous=true&credentials-file=/c2VjcmV0", "'credentials-file' cannot stand beside anonymous=true")]
    [InlineData("gcs://backups?anonymous=yes", "'anonymous' is true or false")]
    [InlineData("gcs://backups?endpoint=http://storage.example", "'endpoint' would send credentials unencrypted")]
    [InlineData("gcs://backups?timeout=1w", "'timeout' is a number with a unit")]
    public void What_cannot_be_meant_is_refused_without_showing_secrets(string location, string message)
    {
        var refused = Assert.Throws<StorageException>(() => GcsStoreOptions.Of(StorageUrl.Parse(location), _ => null));
        Assert.Equal(StorageErrorKind.InvalidArgument, refused.Kind);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("c2VjcmV0", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_location_that_is_shown_has_no_parameters()
    {
        var store = GcsFixture.Open("gcs://backups/root?credentials-file=/etc/c.json");
        Assert.Equal(("gcs", "gcs://backups/root"), (store.Scheme, store.Location));
    }
}
