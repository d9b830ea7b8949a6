using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.S3.Endpoints;
using Amazon.S3.Internal;

namespace BackupFs.Storage.S3.Tests;

public class EndpointCacheTests
{
    [Theory]
    [InlineData(null, "us-east-1", false)]
    [InlineData(null, "eu-central-1", true)]
    [InlineData("http://127.0.0.1:8000", "us-east-1", true)]
    [InlineData("https://store.example:9000/base", "default", false)]
    public void Answers_are_those_of_the_rules(string? server, string region, bool pathStyle)
    {
        var cache = new S3EndpointCache();
        foreach (var bucket in new[] { "backups", "with.dots", "backups", "UPPER_case" })
        {
            foreach (var key in new[] { "dir/name/file", "a--x-s3", null })
            {
                var asked = Asked(bucket, server, region, pathStyle, key);
                var expected = new AmazonS3EndpointProvider().ResolveEndpoint(asked);
                var answer = cache.ResolveEndpoint(asked);
                Assert.Equal(expected.URL, answer.URL);
                Assert.Equal(Schemes(expected), Schemes(answer));
                Assert.Equal(expected.Headers?.Count, answer.Headers?.Count);
            }
        }
    }

    [Fact]
    public void The_rules_are_asked_once_and_what_the_SDK_does_to_an_answer_stays_there()
    {
        var rules = new CountingRules();
        var cache = new S3EndpointCache(rules);
        var first = cache.ResolveEndpoint(Asked("backups", null, "us-east-1", false, "a"));
        var url = first.URL;
        first.URL += "/";
        Assert.Equal(url, cache.ResolveEndpoint(Asked("backups", null, "us-east-1", false, "b")).URL);
        Assert.Equal(1, rules.Count);

        // A bucket is made elsewhere than its objects are.
        var making = Asked("backups", null, "us-east-1", false, null);
        making.DisableAccessPoints = true;
        cache.ResolveEndpoint(making);
        cache.ResolveEndpoint(Asked("backups", null, "us-east-2", false, "a"));
        cache.ResolveEndpoint(Asked("others", null, "us-east-1", false, "a"));
        Assert.Equal(4, rules.Count);
    }

    [Fact]
    public void Errors_are_not_remembered_and_the_number_of_buckets_is_bounded()
    {
        var rules = new CountingRules();
        var cache = new S3EndpointCache(rules);
        for (var i = 0; i < 2; i++)
        {
            Assert.ThrowsAny<AmazonClientException>(() => cache.ResolveEndpoint(Asked("backups--x-s3", null, "us-east-1", false, null)));
        }

        Assert.Equal(2, rules.Count);
        for (var i = 0; i <= S3EndpointCache.Capacity; i++)
        {
            cache.ResolveEndpoint(Asked($"bucket-{i}", null, "us-east-1", false, null));
        }

        var before = rules.Count;
        cache.ResolveEndpoint(Asked("bucket-0", null, "us-east-1", false, null));
        Assert.Equal(before + 1, rules.Count);
    }

    private static S3EndpointParameters Asked(string bucket, string? server, string region, bool pathStyle, string? key) => new()
    {
        Bucket = bucket,
        Endpoint = server,
        Region = region,
        ForcePathStyle = pathStyle,
        Key = key,
        UseFIPS = false,
        UseDualStack = false,
        Accelerate = false,
        UseGlobalEndpoint = false,
        DisableMultiRegionAccessPoints = false,
    };

    private static string Schemes(Endpoint endpoint) => string.Join(
        ';',
        ((System.Collections.IList?)endpoint.Attributes?["authSchemes"] ?? Array.Empty<object>())
            .Cast<PropertyBag>()
            .Select(scheme => $"{scheme["name"]} {scheme["signingName"]} {scheme["signingRegion"]}"));

    private sealed class CountingRules : IEndpointProvider
    {
        private readonly AmazonS3EndpointProvider _rules = new();

        internal int Count { get; private set; }

        public Endpoint ResolveEndpoint(EndpointParameters parameters)
        {
            Count++;
            return _rules.ResolveEndpoint(parameters);
        }
    }
}
