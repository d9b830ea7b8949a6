using CsCheck;

namespace BackupFs.WinFsp.Tests.Layout;

public class WinFspTimeTests
{
    [Fact]
    public void The_epoch_of_Unix_is_where_Windows_has_it() =>
        Assert.Equal(116_444_736_000_000_000UL, WinFspTime.FromUnix(0, 0).Intervals);

    [Fact]
    public void Times_come_back_but_for_parts_of_an_interval() =>
        Gen.Select(Gen.Long[-11_644_473_599, 253_402_300_799], Gen.Int[0, 999_999_999]).Sample((seconds, nanoseconds) =>
            Assert.Equal((seconds, nanoseconds / 100 * 100), WinFspTime.FromUnix(seconds, nanoseconds).ToUnix()));

    [Fact]
    public void It_is_what_the_runtime_calls_file_time() =>
        Gen.Long[new DateTime(1601, 1, 2, 0, 0, 0, DateTimeKind.Utc).Ticks, DateTime.MaxValue.Ticks].Sample(ticks =>
        {
            var time = new DateTimeOffset(ticks, TimeSpan.Zero);
            Assert.Equal((ulong)time.ToFileTime(), WinFspTime.From(time).Intervals);
        });

    [Theory]
    [InlineData(long.MinValue, 1UL)]
    [InlineData(-11_644_473_600, 1UL)]
    [InlineData(long.MaxValue, (ulong)long.MaxValue)]
    public void Times_that_Windows_does_not_have_become_the_nearest(long seconds, ulong intervals) =>
        Assert.Equal(intervals, WinFspTime.FromUnix(seconds, 0).Intervals);
}
