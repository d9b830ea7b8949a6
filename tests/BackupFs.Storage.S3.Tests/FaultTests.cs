using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace BackupFs.Storage.S3.Tests;

public class FaultTests
{
    private const string Content = "0123456789abcdefghij";
    private static readonly ReadOnlySequence<byte> Body = new(Encoding.ASCII.GetBytes(Content));
    private static readonly string Tag = Convert.ToHexStringLower(MD5.HashData(Encoding.ASCII.GetBytes(Content)));

    /// <summary>Only against hangs.</summary>
    private static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromMinutes(1)).Token;

    public static TheoryData<string> Calls { get; } = ["list", "info", "read", "put", "copy", "delete", "start", "uploads", "prepare", "abort"];

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_server_that_never_answers_ends_every_call_after_its_tries(string call)
    {
        await using var server = new ScriptedServer(request => request.StallAsync());
        await EndsAsync(server, call, Impatient);
        Assert.InRange(server.Requests.Count, 0, 2);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("put")]
    [InlineData("start")]
    [InlineData("uploads")]
    public async Task A_server_that_stalls_in_its_answer_ends_every_call_after_its_tries(string call)
    {
        await using var server = new ScriptedServer(async request =>
        {
            await request.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 1000\r\n\r\n<ListBucketResult>");
            await request.StallAsync();
        });
        await EndsAsync(server, call, Impatient);
        Assert.InRange(server.Requests.Count, 0, 2);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("info")]
    [InlineData("put")]
    [InlineData("read")]
    public async Task Broken_connections_and_busy_servers_are_tried_again_and_told(string call)
    {
        await using var resetting = new ScriptedServer(request =>
        {
            request.Reset();
            return Task.CompletedTask;
        });
        await EndsAsync(resetting, call, options => options);
        Assert.Equal(3, resetting.Requests.Count);
        await using var busy = new ScriptedServer(request => request.FailAsync("503 Slow Down", "SlowDown"));
        await EndsAsync(busy, call, options => options);
        Assert.Equal(3, busy.Requests.Count);
    }

    [Fact]
    public async Task A_throttled_put_is_repeated_with_its_whole_body()
    {
        await using var server = new ScriptedServer(request => request.Number < 3
            ? request.FailAsync("503 Slow Down", "SlowDown")
            : request.AnswerAsync("200 OK", "", $"ETag: \"{Tag}\"", "Date: Tue, 01 Feb 2022 03:04:05 GMT"));
        var info = (await server.Open().PutAsync("dir/file", Body, PutCondition.None, Soon)).Value;
        Assert.Equal(new ObjectInfo("dir/file", Content.Length, Tag, new Timestamp(1643684645, 0)), info);
        Assert.Equal(3, server.Requests.Count);
        Assert.All(server.Requests, request => Assert.Equal(Content, Encoding.ASCII.GetString(request.Body)));

        // Over plain HTTP the signed sum confirms the body; an MD5 would only be a second one.
        Assert.All(server.Requests, request => Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(request.Body)), request.Headers["X-Amz-Content-SHA256"]));
        Assert.All(server.Requests, request => Assert.False(request.Headers.ContainsKey("Content-MD5")));
        Assert.All(server.Requests, request => Assert.Contains("app/backupfs", request.Headers["User-Agent"], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_retries_there_is_one_try()
    {
        await using var server = new ScriptedServer(request => request.FailAsync("500 Internal Server Error", "InternalError"));
        var result = await server.Open(options => options with { Limits = options.Limits with { Retries = 0 } }).PutAsync("dir/file", Body, PutCondition.None, Soon);
        Assert.Equal(StorageErrorKind.Unavailable, result.Error?.Kind);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_read_goes_on_where_it_broke(bool stalls)
    {
        await using var server = new ScriptedServer(async request =>
        {
            var start = int.Parse(request.Headers["Range"]["bytes=".Length..].Split('-')[0], System.Globalization.CultureInfo.InvariantCulture);
            await request.WriteAsync(
                $"HTTP/1.1 206 Partial Content\r\nETag: \"{Tag}\"\r\nContent-Length: {16 - start}\r\nContent-Range: bytes {start}-15/{Content.Length}\r\n\r\n");
            await request.WriteAsync(Content[start..(start + Math.Min(7, 16 - start))]);
            if (start + 7 < 16)
            {
                await (stalls ? request.StallAsync() : Task.CompletedTask);
            }
        });
        var buffer = new byte[14];
        var result = await server.Open(options => options with { Limits = options.Limits with { Timeout = TimeSpan.FromSeconds(stalls ? 3 : 30) } }).ReadAsync("dir/file", null, 2, buffer, Soon);
        Assert.True(result.IsOk, result.Error?.ToString());
        Assert.Equal((14, Content[2..16]), (result.Value, Encoding.ASCII.GetString(buffer)));
        Assert.Equal(["bytes=2-15", "bytes=9-15"], server.Requests.Select(request => request.Headers["Range"]));

        // The rest must be of the version that the beginning was of.
        Assert.False(server.Requests.First().Headers.ContainsKey("If-Match"));
        Assert.Equal($"\"{Tag}\"", server.Requests.Last().Headers["If-Match"]);
    }

    [Fact]
    public async Task A_whole_object_is_asked_for_without_a_range_and_goes_on_with_one_where_it_broke()
    {
        // Its tag is no MD5, as on some servers.
        await using var server = new ScriptedServer(request => request.Number == 1
            ? request.WriteAsync($"HTTP/1.1 200 OK\r\nETag: \"no-hash!\"\r\nContent-Length: {Content.Length}\r\n\r\n{Content[..7]}")
            : request.AnswerAsync("206 Partial Content", Content[7..], "ETag: \"no-hash!\"", $"Content-Range: bytes 7-19/{Content.Length}"));
        var buffer = new byte[20];
        var result = await server.Open().ReadWholeAsync("dir/file", "no-hash!", [buffer.AsMemory(0, 5), buffer.AsMemory(5)], Soon);
        Assert.True(result.IsOk, result.Error?.ToString());
        Assert.Equal((20, Content), (result.Value, Encoding.ASCII.GetString(buffer)));
        Assert.False(server.Requests.First().Headers.ContainsKey("Range"));
        Assert.Equal("bytes=7-19", server.Requests.Last().Headers["Range"]);
        Assert.All(server.Requests, request => Assert.Equal("\"no-hash!\"", request.Headers["If-Match"]));
    }

    [Theory]
    [InlineData("ffffffffffffffffffffffffffffffff-2")]
    [InlineData("0123456789abcdef0123456789abcdef")]
    [InlineData("opaque")]
    public async Task The_tag_of_a_whole_object_is_not_taken_for_a_hash(string tag)
    {
        await using var server = new ScriptedServer(request => request.AnswerAsync("200 OK", Content, $"ETag: \"{tag}\""));
        var buffer = new byte[20];
        Assert.Equal(20, (await server.Open().ReadWholeAsync("dir/file", tag, [buffer], Soon)).Value);
        Assert.Equal(Content, Encoding.ASCII.GetString(buffer));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_whole_object_in_chunks_without_a_length_is_asked_for_with_a_range()
    {
        await using var server = new ScriptedServer(request => request.Number == 1
            ? request.WriteAsync($"HTTP/1.1 200 OK\r\nETag: \"{Tag}\"\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n{Content}\r\n0\r\n\r\n")
            : request.AnswerAsync("206 Partial Content", Content, $"ETag: \"{Tag}\"", "Content-Range: bytes 0-19/20"));
        var buffer = new byte[20];
        Assert.Equal(20, (await server.Open().ReadWholeAsync("dir/file", Tag, [buffer], Soon)).Value);
        Assert.Equal(Content, Encoding.ASCII.GetString(buffer));
        Assert.Equal("bytes=0-19", server.Requests.Last().Headers["Range"]);
    }

    [Fact]
    public async Task A_read_of_any_version_starts_anew_when_it_is_replaced_meanwhile()
    {
        await using var server = new ScriptedServer(async request =>
        {
            switch (request.Number)
            {
                case 1:
                    await request.WriteAsync("HTTP/1.1 206 Partial Content\r\nETag: \"old\"\r\nContent-Length: 20\r\nContent-Range: bytes 0-19/20\r\n\r\nxxxxxxx");
                    break;
                case 2:
                    await request.FailAsync("412 Precondition Failed", "PreconditionFailed");
                    break;
                default:
                    await request.AnswerAsync("206 Partial Content", Content, "ETag: \"new\"", "Content-Range: bytes 0-19/20");
                    break;
            }
        });
        var buffer = new byte[50];
        Assert.Equal(20, (await server.Open().ReadAsync("dir/file", null, 0, buffer, Soon)).Value);
        Assert.Equal(Content, Encoding.ASCII.GetString(buffer, 0, 20));
    }

    [Fact]
    public async Task A_read_that_stalls_ends_when_it_is_cancelled()
    {
        var arrived = new TaskCompletionSource();
        await using var server = new ScriptedServer(async request =>
        {
            await request.WriteAsync("HTTP/1.1 206 Partial Content\r\nETag: \"a\"\r\nContent-Length: 20\r\nContent-Range: bytes 0-19/20\r\n\r\nxx");
            arrived.TrySetResult();
            await request.StallAsync();
        });
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Soon);
        var read = server.Open(options => options with { Limits = options.Limits with { Timeout = TimeSpan.FromMinutes(5) } })
            .ReadAsync("dir/file", null, 0, new byte[20], cancellation.Token).AsTask();
        await arrived.Task;
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_is_found_out()
    {
        await using var server = new ScriptedServer(request => request.AnswerAsync("200 OK", Content, $"ETag: \"{Tag}\""));
        Assert.Equal(StorageErrorKind.Unsupported, (await server.Open().ReadAsync("dir/file", null, 5, new byte[5], Soon)).Error?.Kind);
        var buffer = new byte[5];
        Assert.Equal(5, (await server.Open().ReadAsync("dir/file", null, 0, buffer, Soon)).Value);
        Assert.Equal("01234", Encoding.ASCII.GetString(buffer));
    }

    [Fact]
    public async Task Another_tag_than_the_MD5_of_the_body_is_corruption()
    {
        var wrong = new string('0', 32);
        await using var damaging = new ScriptedServer(request => request.AnswerAsync("200 OK", "", $"ETag: \"{wrong}\""));
        Assert.Equal(StorageErrorKind.Corrupt, (await damaging.Open(WithMd5).PutAsync("dir/file", Body, PutCondition.None, Soon)).Error?.Kind);
        Assert.Equal(3, damaging.Requests.Count);

        await using var once = new ScriptedServer(request => request.AnswerAsync("200 OK", "", $"ETag: \"{(request.Number == 1 ? wrong : Tag)}\""));
        Assert.Equal(Tag, (await once.Open(WithMd5).PutAsync("dir/file", Body, PutCondition.None, Soon)).Value.Tag);

        // No MD5, or not asked for.
        await using var opaque = new ScriptedServer(request => request.AnswerAsync("200 OK", "", "ETag: \"opaque\""));
        Assert.Equal("opaque", (await opaque.Open(WithMd5).PutAsync("dir/file", Body, PutCondition.None, Soon)).Value.Tag);
        Assert.Equal(wrong, (await damaging.Open(options => options with { Checksum = S3Checksum.None }).PutAsync("dir/file", Body, PutCondition.None, Soon)).Value.Tag);
        Assert.False(damaging.Requests.Last().Headers.ContainsKey("Content-MD5"));
    
        static S3Options WithMd5(S3Options options) => options with { Checksum = S3Checksum.Md5 };
    }

    [Fact]
    public async Task A_checksum_that_was_asked_for_has_to_be_confirmed()
    {
        var sum = Convert.ToBase64String(SHA256.HashData(Encoding.ASCII.GetBytes(Content)));
        await using var confirming = new ScriptedServer(request => request.AnswerAsync("200 OK", "", "ETag: \"t\"", $"x-amz-checksum-sha256: {sum}"));
        static S3Options Sha256(S3Options options) => options with { Checksum = S3Checksum.Sha256 };
        Assert.True((await confirming.Open(Sha256).PutAsync("dir/file", Body, PutCondition.None, Soon)).IsOk);
        Assert.Equal(sum, confirming.Requests.Single().Headers["x-amz-checksum-sha256"]);

        await using var ignoring = new ScriptedServer(request => request.AnswerAsync("200 OK", "", "ETag: \"t\""));
        var result = await ignoring.Open(Sha256).PutAsync("dir/file", Body, PutCondition.None, Soon);
        Assert.Equal(StorageErrorKind.Unsupported, result.Error?.Kind);
        Assert.Contains("checksum=auto", result.Error?.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_put_whose_answer_was_lost_is_known_by_what_is_there(bool ours)
    {
        await using var server = new ScriptedServer(async request =>
        {
            if (request.Number == 1)
            {
                request.Reset();
            }
            else if (request.Line.StartsWith("PUT", StringComparison.Ordinal))
            {
                await request.FailAsync("412 Precondition Failed", "PreconditionFailed");
            }
            else
            {
                await request.WriteAsync($"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {Content.Length}\r\nETag: \"{(ours ? Tag : new string('1', 32))}\"\r\n\r\n");
            }
        });
        var result = await server.Open().PutAsync("dir/file", Body, PutCondition.Absent, Soon);
        Assert.Equal(ours ? null : StorageErrorKind.AlreadyExists, result.Error?.Kind);
        Assert.All(server.Requests.Where(request => request.Line.StartsWith("PUT", StringComparison.Ordinal)), request => Assert.Equal("*", request.Headers["If-None-Match"]));
    }

    [Fact]
    public async Task Each_key_that_could_not_be_deleted_is_told_or_tried_again()
    {
        await using var server = new ScriptedServer(request => request.Number == 1
            ? request.AnswerAsync(
                "200 OK",
                "<DeleteResult><Error><Key>a</Key><Code>InternalError</Code></Error><Error><Key>b</Key><Code>NoSuchKey</Code></Error></DeleteResult>",
                "Content-Type: application/xml")
            : request.AnswerAsync("200 OK", "<DeleteResult><Error><Key>a</Key><Code>AccessDenied</Code></Error></DeleteResult>", "Content-Type: application/xml"));
        var result = await server.Open().DeleteAsync(["a", "b", "c"], Soon);
        Assert.Equal(StorageErrorKind.AccessDenied, result.Error?.Kind);
        Assert.Contains("'a'", result.Error?.Message, StringComparison.Ordinal);
        Assert.Equal(2, server.Requests.Count);
        Assert.DoesNotContain("<Key>c</Key>", Encoding.UTF8.GetString(server.Requests.Last().Body), StringComparison.Ordinal);
        Assert.All(server.Requests, request => Assert.Equal(Convert.ToBase64String(MD5.HashData(request.Body)), request.Headers["Content-MD5"]));
        Assert.True((await server.Open().DeleteAsync([], Soon)).IsOk);
        Assert.Equal(2, server.Requests.Count);
    }

    /// <summary>Two tries, a quarter of a second each: on a busy machine the request may not even arrive in that time.</summary>
    private static S3Options Impatient(S3Options options) => options with { Limits = options.Limits with { Timeout = TimeSpan.FromMilliseconds(250), Retries = 1 } };

    private static async Task EndsAsync(ScriptedServer server, string call, Func<S3Options, S3Options> change)
    {
        var store = server.Open(change);
        var clock = Stopwatch.StartNew();
        StorageError? error = call switch
        {
            "list" => (await store.ListAsync(new ObjectListing(""), Soon)).Error,
            "info" => (await store.GetInfoAsync("dir/file", Soon)).Error,
            "read" => (await store.ReadAsync("dir/file", null, 0, new byte[20], Soon)).Error,
            "put" => (await store.PutAsync("dir/file", Body, PutCondition.None, Soon)).Error,
            "copy" => (await store.CopyAsync("dir/file", "dir/copy", Soon)).Error,
            "delete" => (await store.DeleteAsync(["dir/file"], Soon)).Error,
            "start" => (await store.StartUploadAsync("dir/file", Soon)).Error,
            "uploads" => (await store.ListUploadsAsync("dir/", Soon)).Error,
            "prepare" => (await store.PrepareAsync("dir/file", Soon)).Error,
            "abort" => (await store.AbortUploadAsync(new UnfinishedUpload("dir/file", "id", default), Soon)).Error,
            _ => throw new ArgumentOutOfRangeException(nameof(call)),
        };
        Assert.Equal((StorageErrorKind.Unavailable, true), (error?.Kind, error?.IsTransient));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        await store.CloseAsync(default);
    }
}
