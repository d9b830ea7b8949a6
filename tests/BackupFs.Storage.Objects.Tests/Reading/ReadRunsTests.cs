namespace BackupFs.Storage.Objects.Tests.Reading;

public sealed class ReadRunsTests
{
    private const long MiB = ReadingWorld.MiB;
    private const long Limit = 64 * MiB;
    private readonly ReadRuns _runs = new();

    [Fact]
    public void A_first_read_asks_for_nothing_ahead()
    {
        Assert.Equal(0, Read(0).Window(Limit));
        Assert.Equal(0, Read(500).Window(Limit));
    }

    [Fact]
    public void The_window_is_what_was_read_in_order_up_to_the_limit()
    {
        Read(0);
        Assert.Equal(2 * MiB, Read(1).Window(Limit));
        Assert.Equal(3 * MiB, Read(2).Window(Limit));
        for (var i = 3; i < 100; i++)
        {
            Read(i);
        }

        Assert.Equal(Limit, Read(100).Window(Limit));
    }

    [Theory]
    [InlineData(0, 1, 2, 3, 4, 5, 6, 7)]
    [InlineData(2, 0, 1, 3, 5, 4, 7, 6)]
    [InlineData(1, 0, 3, 2, 5, 4, 7, 6)]
    [InlineData(7, 6, 5, 4, 0, 1, 2, 3)]
    [InlineData(3, 1, 7, 0, 2, 6, 4, 5)]
    public void Reads_that_overtake_each_other_are_one_run(params int[] order)
    {
        ArgumentNullException.ThrowIfNull(order);
        foreach (var i in order)
        {
            Read(i);
        }

        var run = Read(8);
        Assert.Equal(9 * MiB, run.End);
        Assert.True(run.Window(Limit) >= 4 * MiB, $"{run.Window(Limit)}");
        Assert.Single(_runs.All, other => other.Window(Limit) > 0);
    }

    [Fact]
    public void A_skip_within_the_window_goes_on()
    {
        for (var i = 0; i < 6; i++)
        {
            Read(i);
        }

        var before = Read(6);
        var after = Read(9);
        Assert.Same(before, after);
        Assert.Equal(10 * MiB, after.End);
        Assert.Equal(8 * MiB, after.Window(Limit));
    }

    [Fact]
    public void A_read_far_away_abandons_the_run()
    {
        Read(0);
        var run = Read(1);
        Read(100);
        Assert.True(run.IsAbandoned);
        Assert.Equal(0, run.Window(Limit));
    }

    [Fact]
    public void A_reader_that_comes_back_keeps_two_runs()
    {
        Read(0);
        Read(100);
        for (var i = 1; i < 5; i++)
        {
            Assert.True(Read(i).IsContinued);
            Assert.True(Read(100 + i).IsContinued);
        }

        Assert.Equal(2, _runs.All.Count(run => run.Window(Limit) > 0));
    }

    [Fact]
    public void Reading_backwards_asks_for_nothing_ahead()
    {
        for (var i = 50; i > 0; i--)
        {
            Assert.Equal(0, Read(i).Window(Limit));
        }
    }

    [Fact]
    public void A_second_pass_over_the_file_is_in_order_too()
    {
        for (var i = 0; i < 6; i++)
        {
            Read(i);
        }

        for (var i = 0; i < 6; i++)
        {
            Read(i);
        }

        Assert.True(Read(6).Window(Limit) > 0);
        Assert.True(Read(7).Window(Limit) >= 4 * MiB);
    }

    private ReadRun Read(long index) => _runs.Note(index * MiB, (index + 1) * MiB, isHeld: false, Limit);
}
