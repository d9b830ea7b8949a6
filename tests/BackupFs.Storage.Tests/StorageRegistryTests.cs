namespace BackupFs.Storage.Tests;

public sealed class StorageRegistryTests
{
    [Theory]
    [InlineData("/var/backups", "file", "", "/var/backups")]
    [InlineData("/odd %41?name#x@y", "file", "", "/odd %41?name#x@y")]
    [InlineData("file:///var/my%20backups", "file", "", "/var/my backups")]
    [InlineData("FILE://localhost/x", "file", "", "/x")]
    [InlineData("C:\\backups", "file", "", "C:\\backups")]
    [InlineData("memory:", "memory", "", "")]
    [InlineData("memory:name", "memory", "", "name")]
    [InlineData("s3://bucket", "s3", "bucket", "")]
    [InlineData("s3://bucket/a/b/?endpoint=x", "s3", "bucket", "/a/b/")]
    public void A_location_is_taken_apart(string location, string scheme, string host, string path)
    {
        var url = StorageUrl.Parse(location);
        Assert.Equal((scheme, host, path), (url.Scheme, url.Host, url.Path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("backups")]
    [InlineData("../backups")]
    [InlineData("file:backups")]
    [InlineData("file://backups/x")]
    [InlineData("://x")]
    [InlineData("s3://bucket/%zz")]
    [InlineData("s3://bucket/%00")]
    [InlineData("s3://bucket?a=1&a=2")]
    [InlineData("s3://bucket/#x")]
    [InlineData("a\0b")]
    public void What_cannot_be_parsed_says_what_to_write(string location)
    {
        var error = Assert.Throws<StorageException>(() => StorageUrl.Parse(location));
        Assert.Equal(StorageErrorKind.InvalidArgument, error.Kind);
        Assert.Contains(": ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Secrets_can_be_used_but_are_never_shown()
    {
        var url = StorageUrl.Parse("s3://me:s3cr%40et@host/root?key=s3cret&x");
        Assert.Equal("me:s3cr@et", url.UserInfo);
        Assert.Equal("s3cret", url.Query["key"]);
        Assert.Equal("", url.Query["x"]);
        Assert.Equal("s3://host/root?…", url.ToString());
    }

    [Theory]
    [InlineData("s3//me:s3cret@host/x")]
    [InlineData("s3://me:s3cret@host/%x")]
    [InlineData("s3://me:a@s3cret@host/%x")]
    [InlineData("s3://host/%x?key=s3cret")]
    [InlineData("s3://host/%x?key=a@s3cret")]
    [InlineData("s3://host/x?key=s3cret&key=s3cret")]
    [InlineData("x@y?s3cret")]
    [InlineData("s3://host/x#?s3cret")]
    public void An_error_never_shows_a_secret(string location)
    {
        var error = Assert.Throws<StorageException>(() => StorageUrl.Parse(location));
        Assert.DoesNotContain("s3cret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_scheme_lists_what_is_registered()
    {
        var registry = new StorageRegistry();
        Assert.Contains("registered: none is", Assert.Throws<StorageException>(() => registry.Open("/x")).Message, StringComparison.Ordinal);
        registry.Register("memory", _ => new MemoryStorage());
        registry.Register("file", _ => new MemoryStorage());
        var error = Assert.Throws<StorageException>(() => registry.Open("s3://me:s3cret@bucket/x"));
        Assert.Equal(StorageErrorKind.Unsupported, error.Kind);
        Assert.Equal("no registered implementation of BackupStorage for 's3'; registered: file, memory", error.Message);
        Assert.Equal("memory", registry.Open("memory:").Scheme);
    }
}
