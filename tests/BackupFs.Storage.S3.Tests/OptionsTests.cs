namespace BackupFs.Storage.S3.Tests;

public class OptionsTests
{
    [Fact]
    public void A_bucket_alone_takes_every_default()
    {
        var options = Parse("s3://bucket");
        Assert.Equal(("bucket", "", "us-east-1"), (options.Bucket, options.Root.ToString(), options.Region));
        Assert.Null(options.Endpoint);
        Assert.False(options.PathStyle);
        Assert.Equal(ServerTrust.Default, options.Trust);
        Assert.Equal(S3Checksum.Auto, options.Checksum);
        Assert.Equal(S3Encryption.BucketDefault, options.Encryption);
        Assert.Equal(RequestLimits.Default, options.Limits);
    }

    [Fact]
    public void Every_parameter_is_read()
    {
        var options = Parse(
            "s3://my.bucket-1/backups/my%20sql/?region=eu-west-1&endpoint=https://store.example:9000&path-style=false&ca-file=/etc/ca.pem&retries=7"
            + "&sse=aws:kms&sse-kms-key-id=arn:aws:kms:1&storage-class=STANDARD_IA&checksum=crc64nvme&profile=backup&timeout=1.5m&connect-timeout=500ms"
            + "&part-size=16MiB&upload-parallelism=2&clamp=true");
        Assert.Equal(
            new S3Options
            {
                Bucket = "my.bucket-1",
                Root = new KeyRoot("backups/my sql"),
                Region = "eu-west-1",
                Endpoint = new Uri("https://store.example:9000"),
                PathStyle = false,
                Trust = new ServerTrust(Verifies: true, "/etc/ca.pem"),
                Limits = new RequestLimits(TimeSpan.FromSeconds(90), TimeSpan.FromMilliseconds(500), 7),
                Encryption = S3Encryption.Kms,
                KmsKeyId = "arn:aws:kms:1",
                StorageClass = "STANDARD_IA",
                Checksum = S3Checksum.Crc64Nvme,
                Profile = "backup",
            },
            options);
    }

    [Fact]
    public void Another_endpoint_than_Amazons_has_the_bucket_in_its_paths() =>
        Assert.True(Parse("s3://bucket?endpoint=http://127.0.0.1:9000").PathStyle);

    [Fact]
    public void The_region_comes_from_the_environment_if_nothing_else_is_said()
    {
        var url = StorageUrl.Parse("s3://bucket");
        Assert.Equal("eu-north-1", S3Options.Parse(url, name => name == "AWS_REGION" ? "eu-north-1" : null).Region);
        Assert.Equal("eu-south-1", S3Options.Parse(url, name => name == "AWS_DEFAULT_REGION" ? "eu-south-1" : "").Region);
        Assert.Equal("a", S3Options.Parse(StorageUrl.Parse("s3://bucket?region=a"), _ => "b").Region);
    }

    [Fact]
    public void The_region_of_the_bucket_is_found_unless_it_or_a_server_is_given()
    {
        Assert.True(Parse("s3://bucket").FindsRegion);
        Assert.True(S3Options.Parse(StorageUrl.Parse("s3://bucket"), name => name == "AWS_REGION" ? "eu-north-1" : null).FindsRegion);
        Assert.False(Parse("s3://bucket?region=us-east-1").FindsRegion);
        Assert.False(Parse("s3://bucket?endpoint=http://127.0.0.1:9000").FindsRegion);
    }

    [Fact]
    public void Verification_can_be_turned_off_but_not_for_a_named_authority()
    {
        Assert.False(Parse("s3://bucket?tls-verify=false").Trust.Verifies);
        Assert.Equal(
            StorageErrorKind.InvalidArgument, Assert.Throws<StorageException>(() => Parse("s3://bucket?tls-verify=false&ca-file=/etc/ca.pem")).Kind);
    }

    [Fact]
    public void A_customer_key_is_named_by_its_file()
    {
        var options = Parse("s3://bucket?sse=sse_c:/etc/key%3F");
        Assert.Equal((S3Encryption.CustomerKey, "/etc/key?"), (options.Encryption, options.CustomerKeyFile));
    }

    [Theory]
    [InlineData("s3:", "bucket is missing")]
    [InlineData("s3:///root", "bucket is missing")]
    [InlineData("s3://Bucket_1", "no name of a bucket")]
    [InlineData("s3://bucket:80", "no name of a bucket")]
    [InlineData("s3://key:secret@bucket", "credentials do not belong")]
    [InlineData("s3://bucket//root", "must be a path")]
    [InlineData("s3://bucket/a/../b", "must be a path")]
    [InlineData("s3://bucket?regoin=x", "'regoin'")]
    [InlineData("s3://bucket?part-sise=16MiB", "part-size, path-style")]
    [InlineData("s3://bucket?region=a%2Fb", "'region' must be")]
    [InlineData("s3://bucket?region=", "'region' has no value")]
    [InlineData("s3://bucket?endpoint=127.0.0.1:80", "'endpoint' is an address")]
    [InlineData("s3://bucket?endpoint=ftp://host", "'endpoint' is an address")]
    [InlineData("s3://bucket?endpoint=http://u:secret@host", "'endpoint' is an address")]
    [InlineData("s3://bucket?path-style=yes", "'path-style' is true or false")]
    [InlineData("s3://bucket?tls-verify=no", "'tls-verify' is true or false")]
    [InlineData("s3://bucket?retries=-1", "'retries' is")]
    [InlineData("s3://bucket?retries=101", "'retries' is")]
    [InlineData("s3://bucket?sse=aes", "'sse' is")]
    [InlineData("s3://bucket?sse=sse_c:", "'sse' is")]
    [InlineData("s3://bucket?sse-kms-key-id=x", "'sse-kms-key-id' needs sse=aws:kms")]
    [InlineData("s3://bucket?checksum=crc", "'checksum' is one of auto, crc64nvme")]
    [InlineData("s3://bucket?timeout=60", "'timeout' is")]
    [InlineData("s3://bucket?timeout=0s", "'timeout' is")]
    [InlineData("s3://bucket?connect-timeout=25h", "'connect-timeout' is")]
    public void What_is_wrong_is_said(string location, string message)
    {
        var exception = Assert.Throws<StorageException>(() => Parse(location));
        Assert.Equal(StorageErrorKind.InvalidArgument, exception.Kind);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret@", exception.Message, StringComparison.Ordinal);
    }

    private static S3Options Parse(string location) => S3Options.Parse(StorageUrl.Parse(location), _ => null);
}
