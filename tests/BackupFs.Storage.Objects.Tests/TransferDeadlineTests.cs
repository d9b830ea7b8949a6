using System.Buffers;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BackupFs.Storage.Objects.Tests;

public class TransferDeadlineTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void It_expires_when_nothing_moves()
    {
        using var deadline = new TransferDeadline(TimeSpan.FromSeconds(10), _time, default);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(deadline.Token.IsCancellationRequested);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(deadline.Token.IsCancellationRequested);
        Assert.True(deadline.IsExpired);
    }

    [Fact]
    public void What_moves_is_not_cut_off()
    {
        using var deadline = new TransferDeadline(TimeSpan.FromSeconds(10), _time, default);
        using var stream = new SequenceStream(new ReadOnlySequence<byte>(new byte[100]), deadline);
        for (var i = 0; i < 20; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(9));
            Assert.Equal(5, stream.Read(new byte[5], 0, 5));
        }

        Assert.False(deadline.Token.IsCancellationRequested);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(deadline.IsExpired);
    }

    [Fact]
    public void The_callers_end_is_not_an_expiry()
    {
        using var caller = new CancellationTokenSource();
        using var deadline = new TransferDeadline(TimeSpan.FromSeconds(10), _time, caller.Token);
        caller.Cancel();
        Assert.True(deadline.Token.IsCancellationRequested);
        Assert.False(deadline.IsExpired);
        using var late = new TransferDeadline(TimeSpan.FromSeconds(10), _time, caller.Token);
        Assert.True(late.Token.IsCancellationRequested);
    }

    [Fact]
    public void Extending_after_the_end_is_harmless()
    {
        var deadline = new TransferDeadline(TimeSpan.FromSeconds(10), _time, default);
        deadline.Dispose();
        deadline.Extend();
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(deadline.IsExpired);
    }
}
