using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BackupFs.Storage.Objects.Tests;

public sealed class RequestRetryTests
{
    private const int Step = 256 << 10;
    private static readonly StorageError Transient = new(StorageErrorKind.Unavailable, "busy", IsTransient: true);

    [Fact]
    public async Task It_waits_longer_each_time_and_stops()
    {
        var time = new HastyTime();
        var tries = 0;
        var failed = await new RequestRetry(8, time, () => 0).RunAsync<int>(
            tried =>
            {
                Assert.Equal(tries++, tried);
                return new(Transient);
            },
            default);
        Assert.Same(Transient, failed.Error);
        Assert.Equal(9, tries);
        Assert.Equal([0.25, 0.5, 1, 2, 4, 8, 8, 8], time.Waits.Select(wait => wait.TotalSeconds));
    }

    [Fact]
    public async Task Chance_shortens_a_wait_by_up_to_a_half()
    {
        var time = new FakeTimeProvider();
        var wait = new RequestRetry(1, time, () => 0.5).WaitAsync(2, default);
        time.Advance(TimeSpan.FromMilliseconds(749));
        Assert.False(wait.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await wait;
    }

    [Fact]
    public async Task A_success_and_an_error_for_good_end_it()
    {
        var retry = new RequestRetry(5, new HastyTime());
        Assert.Equal(3, (await retry.RunAsync<int>(_ => new(3), default)).Value);
        var tries = 0;
        var failed = await retry.RunAsync<int>(
            tried =>
            {
                Assert.Equal(tries++, tried);
                return new(new StorageError(StorageErrorKind.AccessDenied));
            },
            default);
        Assert.Equal((StorageErrorKind.AccessDenied, 1), (failed.Error?.Kind, tries));
    }

    [Fact]
    public async Task A_wait_can_be_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        var running = new RequestRetry(5, new FakeTimeProvider()).RunAsync<int>(_ => new(Transient), cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task A_read_that_gets_on_is_not_given_up()
    {
        var requests = 0;
        var result = await ResumedRead.RunAsync(
            "tag",
            [new byte[30 * Step]],
            new RequestRetry(1, new HastyTime()),
            read =>
            {
                read.Add(Step);
                return new(++requests == 20 ? Done.Ok : Transient);
            },
            default);
        Assert.Equal(20 * Step, result.Value);
    }

    [Fact]
    public async Task A_read_fills_one_buffer_after_another_and_starts_again_in_the_first()
    {
        byte[][] buffers = [[], new byte[3], [], new byte[4], []];
        var requests = 0;
        var result = await ResumedRead.RunAsync(
            null,
            [.. buffers.Select(buffer => buffer.AsMemory())],
            new RequestRetry(3, new HastyTime()),
            read =>
            {
                Assert.Equal(7, read.Length);
                requests++;
                read.Tag ??= $"version {requests}";
                for (var left = requests == 1 ? 4 : 7; left > 0; left--)
                {
                    read.Next.Span[0] = (byte)((10 * requests) + read.Filled);
                    read.Add(1);
                }

                Assert.Equal(requests == 1, read.Next.Length == 3);
                return new(requests == 1 ? new StorageError(StorageErrorKind.Corrupt) : Done.Ok);
            },
            default);
        Assert.Equal((7, 2), (result.Value, requests));
        Assert.Equal([20, 21, 22, 23, 24, 25, 26], buffers.SelectMany(buffer => buffer));
    }

    [Fact]
    public async Task A_read_that_gets_on_too_slowly_is_given_up()
    {
        var requests = 0;
        var result = await ResumedRead.RunAsync(
            "tag",
            [new byte[100]],
            new RequestRetry(3, new HastyTime()),
            read =>
            {
                read.Add(1);
                requests++;
                return new(Transient);
            },
            default);
        Assert.Same(Transient, result.Error);
        Assert.Equal(4, requests);
    }

    /// <summary>A clock whose timers are due at once, and which notes what they were set to.</summary>
    private sealed class HastyTime : TimeProvider
    {
        public List<TimeSpan> Waits { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waits.Add(dueTime);
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
