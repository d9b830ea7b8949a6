using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using BackupFs.Storage.Objects;
using BackupFs.Storage.Objects.Contract;
using Xunit;

namespace BackupFs.Storage.Azure.Tests;

/// <summary>Servers that break, stall or refuse.</summary>
public sealed class AzureFaultTests
{
    private const string Content = "0123456789";
    private const string Modified = "Last-Modified: Mon, 23 Nov 2026 00:00:00 GMT\r\n";

    /// <summary>Only against hangs: every call here has to end by its own limits.</summary>
    private static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token;

    [Fact]
    public async Task A_server_that_says_nothing_is_unavailable()
    {
        await using var server = new ScriptedServer((_, _) => ScriptedAnswer.Silence);
        var store = Open(server.Address, "timeout=200ms&retries=1");
        var large = new ReadOnlySequence<byte>(new byte[1 << 20]);
        StorageError?[] errors =
        [
            (await store.GetInfoAsync("key", Soon)).Error,
            (await store.ListAsync(new ObjectListing(""), Soon)).Error,
            (await store.ReadAsync("key", null, 0, new byte[10], Soon)).Error,
            (await store.PutAsync("key", large, PutCondition.None, Soon)).Error,
            (await store.DeleteAsync(["key"], Soon)).Error,
            (await (await store.StartUploadAsync("key", Soon)).Value.UploadPartAsync(1, large, true, Soon)).Error,
        ];
        Assert.All(errors, error =>
        {
            Assert.Equal((StorageErrorKind.Unavailable, true), (error?.Kind, error?.IsTransient));
            Assert.Contains("did not answer in time", error!.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_server_that_takes_no_body_is_unavailable()
    {
        await using var server = new ScriptedServer((_, _) => ScriptedAnswer.Silence, readsBodies: false);
        var store = Open(server.Address, "timeout=300ms&retries=0");
        var stored = await store.PutAsync("key", new ReadOnlySequence<byte>(new byte[64 << 20]), PutCondition.None, Soon);
        Assert.Equal((StorageErrorKind.Unavailable, true), (stored.Error?.Kind, stored.Error?.IsTransient));
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_unavailable()
    {
        var error = (await Open(ScriptedServer.NobodyAt(), "retries=1").GetInfoAsync("key", Soon)).Error;
        Assert.Equal((StorageErrorKind.Unavailable, true), (error?.Kind, error?.IsTransient));
        Assert.Contains("ConnectionRefused", error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_busy_server_is_asked_again_and_not_for_ever()
    {
        await using var server = new ScriptedServer((_, _) => ScriptedAnswer.Of(503, "x-ms-error-code: ServerBusy\r\n"));
        Assert.Equal(StorageErrorKind.Unavailable, (await Open(server.Address, "retries=2").GetInfoAsync("key", Soon)).Error?.Kind);
        Assert.Equal(3, server.Requests.Count);

        await using var recovering = new ScriptedServer((count, _) => count < 2
            ? ScriptedAnswer.Of(503, "x-ms-error-code: ServerBusy\r\n")
            : new ScriptedAnswer($"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nETag: \"t\"\r\n{Modified}\r\n"));
        var info = (await Open(recovering.Address, "retries=2").GetInfoAsync("key", Soon)).Value;
        Assert.Equal((7L, "t"), (info.Size, info.Tag));
    }

    [Theory]
    [InlineData(ScriptedEnd.Break)]
    [InlineData(ScriptedEnd.Stall)]
    public async Task A_read_goes_on_where_it_broke(ScriptedEnd end)
    {
        await using var server = new ScriptedServer((count, _) => count == 0 ? Range(2, 9, 6, end) : Range(6, 9, 10));
        var buffer = new byte[20];
        Assert.Equal(8, (await Open(server.Address, "timeout=3s&retries=4").ReadAsync("key", null, 2, [buffer.AsMemory(0, 3), buffer.AsMemory(3)], Soon)).Value);
        Assert.Equal(Content[2..], Encoding.ASCII.GetString(buffer, 0, 8));
        var again = server.Requests[1].Headers;
        Assert.Equal("\"v1\"", again["If-Match"]);
        Assert.StartsWith("bytes=6-", again.GetValueOrDefault("x-ms-range") ?? again["Range"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_of_one_version_that_was_replaced_meanwhile_is_corrupt()
    {
        await using var server = new ScriptedServer((count, request) =>
            count == 0 ? Range(0, 9, 5, ScriptedEnd.Break)
            : request.Method == "HEAD" ? new ScriptedAnswer($"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nETag: \"v2\"\r\n{Modified}\r\n")
            : ScriptedAnswer.Of(412, "x-ms-error-code: ConditionNotMet\r\n"));
        Assert.Equal(StorageErrorKind.Corrupt, (await Open(server.Address, "retries=2").ReadAsync("key", "v1", 0, new byte[10], Soon)).Error?.Kind);
    }

    [Fact]
    public async Task A_read_of_any_version_starts_again_when_it_was_replaced()
    {
        await using var server = new ScriptedServer((count, request) =>
            count == 0 ? Range(0, 9, 5, ScriptedEnd.Break)
            : request.Headers.ContainsKey("If-Match") ? ScriptedAnswer.Of(412, "x-ms-error-code: ConditionNotMet\r\n")
            : ScriptedAnswer.Of(206, $"ETag: \"v2\"\r\n{Modified}Content-Range: bytes 0-2/3\r\n", "new"));
        var buffer = new byte[10];
        Assert.Equal(3, (await Open(server.Address, "retries=2").ReadAsync("key", null, 0, buffer, Soon)).Value);
        Assert.Equal("new", Encoding.ASCII.GetString(buffer, 0, 3));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_put_whose_answer_was_lost_finds_what_it_stored_itself(bool own)
    {
        var md5 = Convert.ToBase64String(CryptographicOperations.HashData(HashAlgorithmName.MD5, Encoding.ASCII.GetBytes(own ? Content : "9876543210")));
        await using var server = new ScriptedServer((count, request) =>
            count == 0 ? ScriptedAnswer.Broken
            : request.Method == "HEAD" ? new ScriptedAnswer($"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-MD5: {md5}\r\nETag: \"t\"\r\n{Modified}\r\n")
            : ScriptedAnswer.Of(409, "x-ms-error-code: BlobAlreadyExists\r\n"));
        var stored = await Open(server.Address, "retries=2").PutAsync(
            "key", new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(Content)), PutCondition.Absent, Soon);
        if (own)
        {
            Assert.Equal(("key", 10L, "t"), (stored.Value.Key, stored.Value.Size, stored.Value.Tag));
        }
        else
        {
            Assert.Equal(StorageErrorKind.AlreadyExists, stored.Error?.Kind);
        }

        Assert.Equal("*", server.Requests[0].Headers["If-None-Match"]);
        Assert.Equal(
            Convert.ToBase64String(CryptographicOperations.HashData(HashAlgorithmName.MD5, Encoding.ASCII.GetBytes(Content))), server.Requests[0].Headers["Content-MD5"]);
    }

    private static ScriptedAnswer Range(int from, int to, int sent, ScriptedEnd end = ScriptedEnd.Continue) => new(
        $"HTTP/1.1 206 Partial\r\nContent-Length: {to - from + 1}\r\nContent-Range: bytes {from}-{to}/10\r\nETag: \"v1\"\r\n{Modified}\r\n"
        + Content[from..sent], end);

    internal static AzureObjectStore Open(string address, string parameters) => Azurite.Open(
        $"azblob://c?endpoint={address}/acc&{parameters}", name => name == "AZURE_STORAGE_KEY" ? Convert.ToBase64String(new byte[64]) : null);
}
