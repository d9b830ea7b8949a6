using System.Buffers;
using System.Text;

namespace BackupFs.Storage.S3.Tests;

/// <summary>A bucket that is in another region than the one that was asked.</summary>
public class RegionTests
{
    private const string Empty = "<ListBucketResult><Name>bucket</Name><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>";
    private const string Header = "x-amz-bucket-region: eu-west-1";
    private static readonly ReadOnlySequence<byte> Body = new("content"u8.ToArray());

    public static TheoryData<string> Answers { get; } = ["301", "301 without a body", "307", "400", "400 with a header only"];

    /// <summary>Only against hangs.</summary>
    private static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromMinutes(1)).Token;

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task The_region_that_the_server_names_is_used_from_then_on(string answer)
    {
        await using var server = new ScriptedServer(request => RegionOf(request) == "eu-west-1" ? ListedAsync(request) : ElsewhereAsync(request, answer));
        var store = server.Open(options => Finding(options) with { Limits = options.Limits with { Retries = 0 } });

        for (var listing = 0; listing < 3; listing++)
        {
            var listed = await store.ListAsync(new ObjectListing(""), Soon);
            Assert.True(listed.IsOk, $"{listed.Error}");
        }

        Assert.Equal(["us-east-1", "eu-west-1", "eu-west-1", "eu-west-1"], server.Requests.Select(RegionOf));
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task An_object_is_stored_whole_in_the_region_that_the_server_names(string answer)
    {
        await using var server = new ScriptedServer(request => RegionOf(request) == "eu-west-1"
            ? request.AnswerAsync("200 OK", "", "ETag: \"9a0364b9e99bb480dd25e1f0284c8555\"")
            : ElsewhereAsync(request, answer));
        var stored = await server.Open(Finding).PutAsync("dir/file", Body, PutCondition.Absent, Soon);
        Assert.True(stored.IsOk, $"{stored.Error}");
        Assert.Equal("content", Encoding.ASCII.GetString(server.Requests.Last().Body));
        Assert.Equal(2, server.Requests.Count);
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task A_region_that_was_given_is_not_left_and_the_right_one_is_told(string answer)
    {
        await using var server = new ScriptedServer(request => ElsewhereAsync(request, answer));
        var store = server.Open(options => Finding(options) with { FindsRegion = false });
        foreach (var error in new[] { (await store.ListAsync(new ObjectListing(""), Soon)).Error!, (await store.GetInfoAsync("a", Soon)).Error! })
        {
            Assert.Equal((StorageErrorKind.InvalidArgument, false), (error.Kind, error.IsTransient));
            Assert.Contains("give region=eu-west-1", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(["us-east-1", "us-east-1"], server.Requests.Select(RegionOf));
    }

    [Fact]
    public async Task Servers_that_send_each_to_the_other_end_the_request()
    {
        await using var server = new ScriptedServer(request => request.AnswerAsync(
            "301 Moved Permanently", "", $"x-amz-bucket-region: {(RegionOf(request) == "a" ? "b" : "a")}"));
        var listed = await server.Open(Finding).ListAsync(new ObjectListing(""), Soon);
        Assert.Equal(StorageErrorKind.InvalidArgument, listed.Error?.Kind);
        Assert.Equal(["us-east-1", "a"], server.Requests.Select(RegionOf));
    }

    [Fact]
    public async Task Many_at_once_find_the_region_and_none_of_them_fails()
    {
        await using var server = new ScriptedServer(request => RegionOf(request) == "eu-west-1" ? ListedAsync(request) : ElsewhereAsync(request, "301"));
        var store = server.Open(Finding);
        var listed = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => store.ListAsync(new ObjectListing(""), Soon).AsTask()));
        Assert.All(listed, each => Assert.True(each.IsOk, $"{each.Error}"));
    }

    [Fact]
    public async Task Another_refusal_by_the_right_region_is_told_as_what_it_is()
    {
        await using var server = new ScriptedServer(request => request.AnswerAsync("400 Bad Request", "", "x-amz-bucket-region: us-east-1"));
        var info = await server.Open(options => Finding(options) with { Encryption = S3Encryption.CustomerKey, CustomerKeyFile = KeyFile }).GetInfoAsync("a", Soon);
        Assert.Equal(StorageErrorKind.AccessDenied, info.Error?.Kind);
        Assert.Contains("another key", info.Error?.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    private static string KeyFile
    {
        get
        {
            var path = Path.Combine(Path.GetTempPath(), "backupfs-region-tests-key");
            File.WriteAllBytes(path, new byte[S3CustomerKey.KeyBytes]);
            return path;
        }
    }

    private static S3Options Finding(S3Options options) => options with
    {
        Endpoint = null,
        RegionalEndpoint = _ => options.Endpoint!,
        FindsRegion = true,
    };

    /// <summary>What the request is signed for: the third part of Credential=ACCESS/DATE/REGION/s3/aws4_request.</summary>
    private static string RegionOf(ScriptedRequest request) => request.Headers["Authorization"].Split('/')[2];

    private static Task ListedAsync(ScriptedRequest request) => request.AnswerAsync("200 OK", Empty, "Content-Type: application/xml");

    /// <summary>As Amazon says it: to HEAD without a body.</summary>
    private static Task ElsewhereAsync(ScriptedRequest request, string answer)
    {
        const string Xml = "Content-Type: application/xml";
        var isHead = request.Line.StartsWith("HEAD", StringComparison.Ordinal);
        return answer switch
        {
            "301" when !isHead => request.AnswerAsync(
                "301 Moved Permanently", "<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message><Endpoint>x</Endpoint></Error>", Xml, Header),
            "307" when !isHead => request.AnswerAsync(
                "307 Temporary Redirect", "<Error><Code>TemporaryRedirect</Code><Message>elsewhere</Message></Error>", Xml, Header),
            "400" when !isHead => request.AnswerAsync(
                "400 Bad Request",
                "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region is wrong</Message><Region>eu-west-1</Region></Error>",
                Xml),
            "400" or "400 with a header only" => request.AnswerAsync("400 Bad Request", "", Header),
            _ => request.AnswerAsync("301 Moved Permanently", "", Header),
        };
    }
}
