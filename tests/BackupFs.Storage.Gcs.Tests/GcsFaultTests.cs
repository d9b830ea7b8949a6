using System.Buffers;
using System.Globalization;
using System.Text;
using BackupFs.Storage.Gcs.Emulator;
using BackupFs.Storage.Objects;
using BackupFs.Storage.Objects.Contract;
using Xunit;

namespace BackupFs.Storage.Gcs.Tests;

/// <summary>Servers that break, stall or refuse; uploads in parts are in <see cref="GcsUploadTests"/>.</summary>
public sealed class GcsFaultTests(GcsFixture fixture) : IClassFixture<GcsFixture>
{
    private readonly GcsObjectStore _store = GcsFixture.Open(fixture.NewLocation("&retries=5&timeout=4s"));
    private readonly byte[] _content = RandomBytes(700_000);

    /// <summary>Only against hangs: every call here has to end by its own limits.</summary>
    private static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token;

    private GcsEmulator Emulator => fixture.Emulator;

    [Fact]
    public async Task A_server_that_says_nothing_is_unavailable()
    {
        await using var server = new ScriptedServer((_, _) => ScriptedAnswer.Silence);
        var store = Open(server.Address, "timeout=200ms&retries=1");
        var body = new ReadOnlySequence<byte>(_content);
        StorageError?[] errors =
        [
            (await store.GetInfoAsync("key", Soon)).Error,
            (await store.ListAsync(new ObjectListing(""), Soon)).Error,
            (await store.ReadAsync("key", null, 0, new byte[10], Soon)).Error,
            (await store.PutAsync("key", body, PutCondition.None, Soon)).Error,
            (await store.CopyAsync("key", "copy", Soon)).Error,
            (await store.DeleteAsync(["key"], Soon)).Error,
            (await store.StartUploadAsync("key", Soon)).Error,
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
        var stored = await Open(server.Address, "timeout=300ms&retries=0")
            .PutAsync("key", new ReadOnlySequence<byte>(new byte[64 << 20]), PutCondition.None, Soon);
        Assert.Equal((StorageErrorKind.Unavailable, true), (stored.Error?.Kind, stored.Error?.IsTransient));
    }

    [Fact]
    public async Task A_part_that_the_server_does_not_take_is_unavailable()
    {
        ScriptedServer? server = null;
        await using var scripted = server = new ScriptedServer(
            (_, request) => request.Method == "POST" ? ScriptedAnswer.Of(200, $"Location: {server!.Address}/session\r\n") : ScriptedAnswer.Silence);
        var upload = (await Open(server.Address, "timeout=300ms&retries=1").StartUploadAsync("key", Soon)).Value;
        var failed = await upload.UploadPartAsync(1, new ReadOnlySequence<byte>(new byte[256 << 10]), false, Soon);
        Assert.Equal((StorageErrorKind.Unavailable, true), (failed.Error?.Kind, failed.Error?.IsTransient));
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
        await using var server = new ScriptedServer((_, _) => ScriptedAnswer.Of(503));
        Assert.Equal(StorageErrorKind.Unavailable, (await Open(server.Address, "retries=2").GetInfoAsync("key", Soon)).Error?.Kind);
        Assert.Equal(3, server.Requests.Count);

        await PutAsync("key");
        Emulator.Inject(new EmulatorFault(FaultAction.Refuse, Times: 3));
        Assert.Equal(_content.Length, (await _store.GetInfoAsync("key", Soon)).Value.Size);
    }

    [Theory]
    [InlineData(FaultAction.BreakAnswer)]
    [InlineData(FaultAction.StallAnswer)]
    public async Task A_read_goes_on_where_it_broke(FaultAction action)
    {
        await PutAsync("key");
        Emulator.Record();
        Emulator.Inject(new EmulatorFault(action, request => request.Parameter("alt") == "media", Times: 2, Bytes: 100_000));
        var buffer = new byte[_content.Length];
        Memory<byte>[] pieces = [buffer.AsMemory(0, 1), buffer.AsMemory(1, 150_000), default, buffer.AsMemory(150_001)];
        Assert.Equal(_content.Length - 1000, (await _store.ReadAsync("key", null, 1000, pieces, Soon)).Value);
        Assert.True(buffer.AsSpan(0, _content.Length - 1000).SequenceEqual(_content.AsSpan(1000)));

        // What a connection had delivered before it broke may be lost, too.
        var from = int.Parse(Emulator.Requests[1].Headers["Range"]["bytes=".Length..].Split('-')[0], CultureInfo.InvariantCulture);
        Assert.InRange(from, action == FaultAction.StallAnswer ? 101_000 : 1000, 101_000);
        Assert.True(from == 1000 || Emulator.Requests[1].Query.ContainsKey("ifGenerationMatch"), "another version could follow the first bytes");
    }

    [Fact]
    public async Task A_read_of_any_version_starts_again_when_it_was_replaced()
    {
        await PutAsync("key");
        var replacement = RandomBytes(500_000, 9);
        Emulator.Inject(new EmulatorFault(FaultAction.BreakAnswer, request => request.Parameter("alt") == "media", Bytes: 100_000));
        Emulator.Inject(new EmulatorFault(FaultAction.Refuse, request => request.Parameter("ifGenerationMatch") is not null, Status: 412, Reason: "conditionNotMet"));
        var buffer = new byte[_content.Length];
        Assert.Equal(_content.Length, (await _store.ReadAsync("key", null, 0, buffer, Soon)).Value);
        Assert.True(buffer.AsSpan().SequenceEqual(_content));

        // One version that was asked for is another matter.
        var tag = (await _store.GetInfoAsync("key", Soon)).Value.Tag;
        await _store.PutAsync("key", new ReadOnlySequence<byte>(replacement), PutCondition.None, Soon);
        Assert.Equal(StorageErrorKind.Corrupt, (await _store.ReadAsync("key", tag, 0, buffer, Soon)).Error?.Kind);
    }

    [Fact]
    public async Task A_put_that_breaks_is_sent_again()
    {
        Emulator.Inject(new EmulatorFault(FaultAction.BreakRequest, request => request.Method == "POST", Times: 2, Bytes: 300_000));
        await PutAsync("key");
        Assert.Equal(_content.Length, (await _store.GetInfoAsync("key", Soon)).Value.Size);
    }

    [Fact]
    public async Task A_put_whose_answer_was_lost_finds_what_it_stored_itself()
    {
        Emulator.Inject(new EmulatorFault(FaultAction.LoseAnswer, request => request.Method == "POST"));
        var stored = (await _store.PutAsync("key", new ReadOnlySequence<byte>(_content), PutCondition.Absent, Soon)).Value;
        Assert.Equal(stored.Tag, (await _store.GetInfoAsync("key", Soon)).Value.Tag);

        // Another's object is none of ours, though this put was tried twice, too.
        Emulator.Inject(new EmulatorFault(FaultAction.LoseAnswer, request => request.Method == "POST"));
        var other = await _store.PutAsync("key", new ReadOnlySequence<byte>(RandomBytes(700_000, 2)), PutCondition.Absent, Soon);
        Assert.Equal(StorageErrorKind.AlreadyExists, other.Error?.Kind);
    }

    [Fact]
    public async Task A_put_that_arrives_damaged_is_refused_by_the_server()
    {
        Emulator.Inject(new EmulatorFault(FaultAction.DamageRequest, request => request.Method == "POST"));
        var stored = await _store.PutAsync("key", new ReadOnlySequence<byte>(_content), PutCondition.None, Soon);
        Assert.Equal(StorageErrorKind.Corrupt, stored.Error?.Kind);
        Assert.Equal(StorageErrorKind.NotFound, (await _store.GetInfoAsync("key", Soon)).Error?.Kind);
    }

    [Fact]
    public async Task An_object_with_another_checksum_is_corrupt_and_does_not_stay()
    {
        Emulator.Inject(new EmulatorFault(FaultAction.WrongChecksum, request => request.Method == "POST"));
        var stored = await _store.PutAsync("key", new ReadOnlySequence<byte>(_content), PutCondition.None, Soon);
        Assert.Equal((StorageErrorKind.Corrupt, false), (stored.Error?.Kind, stored.Error?.IsTransient));
        Assert.Equal(StorageErrorKind.NotFound, (await _store.GetInfoAsync("key", Soon)).Error?.Kind);
    }

    [Fact]
    public async Task A_copy_of_a_large_object_takes_several_calls()
    {
        var content = RandomBytes(1_500_000);
        await _store.PutAsync("from", new ReadOnlySequence<byte>(content), PutCondition.None, Soon);
        Emulator.Record();
        Assert.Equal(content.Length, (await _store.CopyAsync("from", "to", Soon)).Value.Size);
        Assert.Equal([null, "token of"], Emulator.Requests.Select(request => request.Parameter("rewriteToken")?[..8]));
    }

    [Fact]
    public async Task Deleting_what_an_earlier_try_deleted_is_no_error()
    {
        await PutAsync("key");
        Emulator.Inject(new EmulatorFault(FaultAction.LoseAnswer, request => request.Method == "DELETE"));
        Assert.True((await _store.DeleteAsync(["key"], Soon)).IsOk);
    }

    [Fact]
    public async Task The_first_of_several_errors_is_told()
    {
        Emulator.Inject(new EmulatorFault(FaultAction.Refuse, request => request.Method == "DELETE" && request.Path[^1].EndsWith("/b", StringComparison.Ordinal), Status: 403, Reason: "forbidden"));
        await PutAsync("a");
        Assert.Equal(StorageErrorKind.AccessDenied, (await _store.DeleteAsync(["a", "b", "c"], Soon)).Error?.Kind);
        Assert.Equal(StorageErrorKind.NotFound, (await _store.GetInfoAsync("a", Soon)).Error?.Kind);
    }

    [Fact]
    public async Task A_bucket_that_does_not_exist_is_not_found_with_a_message()
    {
        var store = GcsFixture.Open($"gcs://missing?endpoint={Emulator.Address}&anonymous=true");
        StorageError?[] errors =
        [
            (await store.PrepareAsync("key", Soon)).Error,
            (await store.ListAsync(new ObjectListing(""), Soon)).Error,
            (await store.PutAsync("key", new ReadOnlySequence<byte>(_content), PutCondition.None, Soon)).Error,
            (await store.StartUploadAsync("key", Soon)).Error,
        ];
        Assert.All(errors, error =>
        {
            Assert.Equal(StorageErrorKind.NotFound, error?.Kind);
            Assert.Contains("bucket does not exist", error!.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_name_that_Google_cannot_keep_is_refused()
    {
        var body = new ReadOnlySequence<byte>(_content);
        foreach (var (key, kind) in new[] { (new string('ü', 600), StorageErrorKind.NameTooLong), ("a\nb", StorageErrorKind.InvalidName) })
        {
            Assert.Equal(kind, (await _store.PutAsync(key, body, PutCondition.None, Soon)).Error?.Kind);
            Assert.Equal(kind, (await _store.StartUploadAsync(key, Soon)).Error?.Kind);
            Assert.Equal(kind, (await _store.CopyAsync("key", key, Soon)).Error?.Kind);
        }
    }

    [Theory]
    [InlineData("a/../b")]
    [InlineData("./b")]
    [InlineData("..")]
    [InlineData(".")]
    public async Task A_name_that_looks_like_a_way_leads_nowhere_else(string key)
    {
        Emulator.CreateBucket("rootless");
        var store = GcsFixture.Open($"gcs://rootless?endpoint={Emulator.Address}&anonymous=true");
        var body = new ReadOnlySequence<byte>(_content);
        Assert.True((await store.PutAsync("b", body, PutCondition.None, Soon)).IsOk);
        Assert.Equal(StorageErrorKind.NotFound, (await store.GetInfoAsync(key, Soon)).Error?.Kind);
        Assert.True((await store.DeleteAsync([key], Soon)).IsOk);
        var stored = await store.PutAsync(key, body, PutCondition.None, Soon);
        Assert.Equal(key is "." or ".." ? StorageErrorKind.InvalidName : null, stored.Error?.Kind);
        Assert.Equal(stored.IsOk, (await store.GetInfoAsync(key, Soon)).IsOk);
        Assert.True((await store.DeleteAsync([key], Soon)).IsOk);
        Assert.Equal(["b"], (await store.ListAsync(new ObjectListing(""), Soon)).Value.Objects.Select(info => info.Key));
    }

    [Theory]
    [InlineData("not JSON")]
    [InlineData("{}")]
    [InlineData("{\"name\":\"key\",\"size\":\"many\",\"generation\":\"1\",\"timeCreated\":\"now\"}")]
    public async Task An_answer_that_is_none_is_an_error(string answer)
    {
        await using var server = new ScriptedServer((_, _) => ScriptedAnswer.Of(200, body: answer));
        var error = (await Open(server.Address, "retries=0").GetInfoAsync("key", Soon)).Error;
        Assert.Equal((StorageErrorKind.Io, false), (error?.Kind, error?.IsTransient));
    }

    [Fact]
    public async Task A_server_that_sends_the_whole_object_for_a_range_is_not_believed()
    {
        await using var server = new ScriptedServer((_, _) => ScriptedAnswer.Of(200, "x-goog-generation: 7\r\n", "0123456789"));
        var store = Open(server.Address, "retries=0");
        var buffer = new byte[4];
        Assert.Equal(4, (await store.ReadAsync("key", null, 0, buffer, Soon)).Value);
        Assert.Equal("0123", Encoding.ASCII.GetString(buffer));
        Assert.Equal(StorageErrorKind.Io, (await store.ReadAsync("key", null, 3, buffer, Soon)).Error?.Kind);
    }

    private async Task PutAsync(string key) =>
        Assert.Null((await _store.PutAsync(key, new ReadOnlySequence<byte>(_content), PutCondition.None, Soon)).Error);

    private static byte[] RandomBytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    internal static GcsObjectStore Open(string address, string parameters) => GcsFixture.Open($"gcs://b?endpoint={address}&anonymous=true&{parameters}");
}
