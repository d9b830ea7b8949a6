using System.Buffers;
using BackupFs.Storage.Gcs.Emulator;
using BackupFs.Storage.Objects;
using Xunit;

namespace BackupFs.Storage.Gcs.Tests;

/// <summary>The protocol of resumable uploads when something goes wrong.</summary>
public sealed class GcsUploadTests(GcsFixture fixture) : IClassFixture<GcsFixture>, IAsyncLifetime
{
    private const int Unit = 256 << 10;
    private readonly byte[] _content = new byte[(6 * Unit) + 1234];
    private GcsObjectStore _store = null!;
    private string _location = "";

    /// <summary>Only against hangs.</summary>
    private static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token;

    private GcsEmulator Emulator => fixture.Emulator;

    /// <summary>The ranges of content that were sent, and <c>?</c> for a question.</summary>
    private string[] Sent => [.. Emulator.Requests.Where(IsChunk)
        .Select(request => request.Headers["Content-Range"]).Select(range => range == "bytes */*" ? "?" : range["bytes ".Length..])];

    public Task InitializeAsync()
    {
        new Random(5).NextBytes(_content);
        _location = fixture.NewLocation("&retries=3&timeout=20s");
        _store = GcsFixture.Open(_location);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _store.CloseAsync(default);

    [Fact]
    public async Task Parts_are_sent_once_and_the_end_with_the_completion()
    {
        Emulator.Record();
        await UploadAsync();
        Assert.Equal([$"0-{(2 * Unit) - 1}/*", $"{2 * Unit}-{(4 * Unit) - 1}/*", $"{4 * Unit}-{(6 * Unit) - 1}/*", $"{6 * Unit}-{_content.Length - 1}/{_content.Length}"], Sent);
        await SameAsync();
    }

    [Fact]
    public async Task A_part_that_breaks_in_its_middle_goes_on_where_the_server_has_it()
    {
        Emulator.Inject(new EmulatorFault(FaultAction.BreakRequest, request => IsChunk(request) && From(request) == 2 * Unit, Bytes: Unit + 5000));
        Emulator.Record();
        await UploadAsync();
        Assert.Equal([$"0-{(2 * Unit) - 1}/*", $"{2 * Unit}-{(4 * Unit) - 1}/*", "?", $"{3 * Unit}-{(4 * Unit) - 1}/*"], Sent[..4]);
        await SameAsync();
    }

    [Fact]
    public async Task A_first_part_of_which_nothing_arrived_is_sent_again()
    {
        Emulator.Inject(new EmulatorFault(FaultAction.BreakRequest, IsChunk, Bytes: 10));
        Emulator.Record();
        await UploadAsync();
        Assert.Equal([$"0-{(2 * Unit) - 1}/*", "?", $"0-{(2 * Unit) - 1}/*"], Sent[..3]);
        await SameAsync();
    }

    [Fact]
    public async Task A_lost_answer_to_a_part_sends_nothing_again()
    {
        Emulator.Inject(new EmulatorFault(FaultAction.LoseAnswer, request => IsChunk(request) && From(request) == 2 * Unit));
        Emulator.Record();
        await UploadAsync();
        Assert.Equal([$"{2 * Unit}-{(4 * Unit) - 1}/*", "?", $"{4 * Unit}-{(6 * Unit) - 1}/*"], Sent[1..4]);
        await SameAsync();
    }

    [Fact]
    public async Task A_lost_answer_to_the_end_finds_the_object_made()
    {
        Emulator.Inject(new EmulatorFault(FaultAction.LoseAnswer, request => IsChunk(request) && From(request) == 6 * Unit));
        Emulator.Record();
        var stored = await UploadAsync();
        Assert.Equal("?", Sent[^1]);
        Assert.Equal(stored.Tag, (await _store.GetInfoAsync("key", Soon)).Value.Tag);
        await SameAsync();
    }

    [Fact]
    public async Task The_end_breaks_and_is_sent_again()
    {
        Emulator.Inject(new EmulatorFault(FaultAction.BreakRequest, request => IsChunk(request) && From(request) == 6 * Unit, Bytes: 100));
        await UploadAsync();
        await SameAsync();
    }

    [Theory]
    [InlineData(503, "backendError")]
    [InlineData(429, "rateLimitExceeded")]
    [InlineData(403, "rateLimitExceeded")]
    public async Task A_refused_part_is_sent_again(int status, string reason)
    {
        Emulator.Inject(new EmulatorFault(FaultAction.Refuse, request => request.Method == "POST", Status: status, Reason: reason));
        Emulator.Inject(new EmulatorFault(FaultAction.Refuse, IsChunk, Times: 2, Status: status, Reason: reason));
        await UploadAsync();
        await SameAsync();
    }

    [Fact]
    public async Task A_part_that_failed_can_be_sent_again_by_the_caller()
    {
        var store = GcsFixture.Open(_location.Replace("retries=3", "retries=0", StringComparison.Ordinal));
        Emulator.Inject(new EmulatorFault(FaultAction.BreakRequest, IsChunk, Bytes: Unit + 7));
        var upload = (await store.StartUploadAsync("key", Soon)).Value;
        var failed = await upload.UploadPartAsync(1, Part(0, 2 * Unit), false, Soon);
        Assert.Equal((StorageErrorKind.Unavailable, true), (failed.Error?.Kind, failed.Error?.IsTransient));
        Emulator.Record();
        Assert.True((await upload.UploadPartAsync(1, Part(0, 2 * Unit), false, Soon)).IsOk);
        Assert.Equal(["?", $"{Unit}-{(2 * Unit) - 1}/*"], Sent);
        Assert.True((await upload.UploadPartAsync(2, Part(2 * Unit, _content.Length), true, Soon)).IsOk);
        Assert.Equal(_content.Length, (await upload.CompleteAsync(2, Soon)).Value.Size);
        await SameAsync();
    }

    [Fact]
    public async Task A_part_that_was_cancelled_in_its_middle_can_be_sent_again()
    {
        var upload = (await _store.StartUploadAsync("key", Soon)).Value;
        using var cancellation = new CancellationTokenSource();
        Emulator.Inject(new EmulatorFault(FaultAction.LoseAnswer, request =>
        {
            if (!IsChunk(request))
            {
                return false;
            }

            cancellation.Cancel();
            return true;
        }));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await upload.UploadPartAsync(1, Part(0, 2 * Unit), false, cancellation.Token));
        Assert.True((await upload.UploadPartAsync(1, Part(0, 2 * Unit), false, Soon)).IsOk);
        Assert.True((await upload.UploadPartAsync(2, Part(2 * Unit, _content.Length), true, Soon)).IsOk);
        Assert.Equal(_content.Length, (await upload.CompleteAsync(2, Soon)).Value.Size);
        await SameAsync();
    }

    [Fact]
    public async Task An_upload_that_the_server_has_forgotten_is_an_error_for_good()
    {
        var upload = (await _store.StartUploadAsync("key", Soon)).Value;
        Emulator.Inject(new EmulatorFault(FaultAction.Refuse, IsChunk, Status: 410, Reason: "gone"));
        var failed = await upload.UploadPartAsync(1, Part(0, Unit), false, Soon);
        Assert.Equal((StorageErrorKind.Io, false), (failed.Error?.Kind, failed.Error?.IsTransient));
        Assert.Contains("forgotten", failed.Error!.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("upload_id", failed.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parts_out_of_order_are_refused()
    {
        var upload = (await _store.StartUploadAsync("key", Soon)).Value;
        Assert.Equal(StorageErrorKind.InvalidArgument, (await upload.UploadPartAsync(2, Part(0, Unit), false, Soon)).Error?.Kind);
        Assert.Equal(StorageErrorKind.InvalidArgument, (await upload.UploadPartAsync(1, Part(0, Unit + 1), false, Soon)).Error?.Kind);
        Assert.True((await upload.UploadPartAsync(1, Part(0, Unit), false, Soon)).IsOk);
        Assert.Equal(StorageErrorKind.InvalidArgument, (await upload.UploadPartAsync(1, Part(0, Unit), false, Soon)).Error?.Kind);
        Assert.True((await upload.UploadPartAsync(2, Part(Unit, Unit + 5), true, Soon)).IsOk);
        Assert.Equal(StorageErrorKind.InvalidArgument, (await upload.UploadPartAsync(3, Part(0, Unit), false, Soon)).Error?.Kind);
        Assert.Equal(StorageErrorKind.InvalidArgument, (await upload.CompleteAsync(1, Soon)).Error?.Kind);
        Assert.Equal(Unit + 5, (await upload.CompleteAsync(2, Soon)).Value.Size);
    }

    [Fact]
    public async Task Aborting_cancels_the_session()
    {
        var before = Emulator.UnfinishedUploads;
        var upload = (await _store.StartUploadAsync("key", Soon)).Value;
        Assert.True((await upload.UploadPartAsync(1, Part(0, Unit + 5), true, Soon)).IsOk);
        Assert.Equal(before + 1, Emulator.UnfinishedUploads);
        Emulator.Inject(new EmulatorFault(FaultAction.LoseAnswer, request => request.Method == "DELETE"));
        Assert.True((await upload.AbortAsync(Soon)).IsOk);
        Assert.Equal(before, Emulator.UnfinishedUploads);
        Assert.True((await upload.AbortAsync(Soon)).IsOk);
    }

    [Fact]
    public async Task An_object_with_another_checksum_is_corrupt_and_does_not_stay()
    {
        Emulator.Inject(new EmulatorFault(FaultAction.WrongChecksum, request => IsChunk(request) && From(request) == 6 * Unit));
        var upload = await PartsAsync();
        var completed = await upload.CompleteAsync(3, Soon);
        Assert.Equal((StorageErrorKind.Corrupt, false), (completed.Error?.Kind, completed.Error?.IsTransient));
        Assert.Equal(StorageErrorKind.NotFound, (await _store.GetInfoAsync("key", Soon)).Error?.Kind);
        Assert.True((await upload.AbortAsync(Soon)).IsOk);
    }

    [Fact]
    public async Task A_server_that_got_other_bytes_makes_no_object()
    {
        var before = (await _store.PutAsync("key", Part(0, 10), PutCondition.None, Soon)).Value;
        var upload = (await _store.StartUploadAsync("key", Soon)).Value;
        Emulator.Inject(new EmulatorFault(FaultAction.DamageRequest, IsChunk));
        Assert.True((await upload.UploadPartAsync(1, Part(0, Unit + 5), true, Soon)).IsOk);
        Assert.Equal(StorageErrorKind.Corrupt, (await upload.CompleteAsync(1, Soon)).Error?.Kind);
        Assert.Equal(before.Tag, (await _store.GetInfoAsync("key", Soon)).Value.Tag);
        Assert.True((await upload.AbortAsync(Soon)).IsOk);
    }

    private static bool IsChunk(ApiRequest request) => request is { Method: "PUT", Path: ["upload", ..] };

    private static long From(ApiRequest request) =>
        long.TryParse(request.Headers["Content-Range"]["bytes ".Length..].Split('-')[0], out var from) ? from : -1;

    private ReadOnlySequence<byte> Part(int from, int to) => new(_content, from, to - from);

    private async Task<IObjectUpload> PartsAsync()
    {
        var upload = (await _store.StartUploadAsync("key", Soon)).Value;
        Assert.Null((await upload.UploadPartAsync(1, Part(0, 2 * Unit), false, Soon)).Error);
        Assert.Null((await upload.UploadPartAsync(2, Part(2 * Unit, 4 * Unit), false, Soon)).Error);
        Assert.Null((await upload.UploadPartAsync(3, Part(4 * Unit, _content.Length), true, Soon)).Error);
        return upload;
    }

    private async Task<ObjectInfo> UploadAsync()
    {
        var upload = await PartsAsync();
        Assert.Equal(StorageErrorKind.NotFound, (await _store.GetInfoAsync("key", Soon)).Error?.Kind);
        var completed = await upload.CompleteAsync(3, Soon);
        Assert.Null(completed.Error);
        return completed.Value;
    }

    private async Task SameAsync()
    {
        var read = new byte[_content.Length + 1];
        Assert.Equal(_content.Length, (await _store.ReadAsync("key", null, 0, read, Soon)).Value);
        Assert.True(read.AsSpan(0, _content.Length).SequenceEqual(_content));
    }
}
