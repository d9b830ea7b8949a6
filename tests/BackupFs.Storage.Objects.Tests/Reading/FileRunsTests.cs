namespace BackupFs.Storage.Objects.Tests.Reading;

public sealed class FileRunsTests
{
    [Fact]
    public void The_third_of_three_files_in_order_is_a_run_and_its_window_grows_up_to_the_limit()
    {
        var runs = new FileRuns();
        Assert.Null(runs.Note(10, 20));
        Assert.Null(runs.Note(11, 20));
        Assert.Equal([2, 4, 8, 16, 20, 20], Enumerable.Range(12, 6).Select(place => runs.Note(place, 20)!.Window));
    }

    [Fact]
    public void One_file_left_out_does_not_end_a_run_and_a_leap_makes_its_window_smaller()
    {
        var runs = new FileRuns();
        Note(runs, 0, 1, 2, 3, 4);
        Assert.NotNull(runs.Note(6, 32));
        Assert.Null(runs.Note(20, 32));
        Assert.Null(runs.Note(21, 32));
        Assert.Equal(8, runs.Note(22, 32)?.Window);
    }

    [Fact]
    public void Files_far_apart_are_runs_of_their_own_that_share_the_window()
    {
        var runs = new FileRuns();
        Note(runs, 0, 1, 2, 3, 4, 5);
        Note(runs, 1000, 1001, 1002, 1003, 1004, 1005);
        Assert.Equal(16, runs.Note(1006, 32)?.Window);
        Assert.Equal(16, runs.Note(6, 32)?.Window);

        // The other one was not continued for a while.
        Note(runs, [.. Enumerable.Range(7, 33)]);
        Assert.Equal(32, runs.Note(40, 32)?.Window);
    }

    [Fact]
    public void Overtaken_files_belong_to_the_run()
    {
        var runs = new FileRuns();
        Assert.Null(runs.Note(3, 32));
        Note(runs, 0, 1, 2);
        Assert.NotNull(runs.Note(5, 32));
        Assert.Null(runs.Note(4, 32));
        Assert.NotNull(runs.Note(7, 32));
    }

    [Fact]
    public void Files_fetched_for_nothing_halve_the_window_each()
    {
        var runs = new FileRuns();
        Note(runs, 0, 1, 2, 3, 4, 5, 6);
        var run = runs.Note(7, 32)!;
        Assert.Equal(32, run.Window);
        for (var i = 0; i < 3; i++)
        {
            run.Wasted();
        }

        Assert.Equal(8, runs.Note(8, 32)?.Window);
    }

    private static void Note(FileRuns runs, params int[] places)
    {
        foreach (var place in places)
        {
            runs.Note(place, 32);
        }
    }
}
