using BackupFs.FileSystem;

namespace BackupFs.Mount.Semantics;

/// <content>Writers that are killed or fail.</content>
public abstract partial class MountSemantics
{
    [Fact]
    [Promise("killed-tears")]
    [Promise("torn-refuses")]
    [Promise("torn-rewritten")]
    [Promise("refusal-is-eio")]
    [Promise("refusal-says-why")]
    public async Task A_file_whose_writer_is_killed_refuses_every_end_until_it_is_written_again()
    {
        await using var tree = await BegunAsync("b.partial");
        using (var writer = tree.StartWriter("d/b.partial/f", "half"))
        {
            writer.Kill();
        }

        await EventuallyAsync(() => State(tree, "d/b.partial") == "failed");
        Assert.Equal(Refusal.Failed, tree.Rename("d/b.partial", "d/b"));
        Assert.Contains("f is torn", End(tree, "d/b.partial"), StringComparison.Ordinal);
        Assert.Contains("f is torn", tree.Control.Get(tree.FullPath("d/b.partial/f"), ControlAttributes.Error), StringComparison.Ordinal);
        Assert.Equal(Refusal.None, tree.Write("d/b.partial/f", Bytes("whole")));
        Assert.Equal("open", State(tree, "d/b.partial"));
        Assert.Equal(Refusal.None, tree.Rename("d/b.partial", "d/b"));
        Assert.Equal("whole", Text((await StoredAsync(tree, "d", "b"))["f"]));
    }

    [Fact]
    [Promise("failed-tears")]
    [Promise("torn-removed")]
    [Promise("torn-accepted")]
    public async Task A_file_whose_writer_fails_is_torn_until_it_is_removed_replaced_or_accepted()
    {
        await using var tree = await BegunAsync("b.partial");
        foreach (var name in (string[])["removed", "replaced", "accepted"])
        {
            using var writer = tree.StartWriter($"d/b.partial/{name}", "half");
            writer.Exit(3);
        }

        await EventuallyAsync(() => End(tree, "d/b.partial")?.Split('\n').Length == 3);
        Assert.Equal(Refusal.None, tree.Remove("d/b.partial/removed"));
        Assert.Equal(Refusal.None, tree.Write("d/b.partial/good", Bytes("good")));
        Assert.Equal(Refusal.None, tree.Rename("d/b.partial/good", "d/b.partial/replaced"));
        Assert.Contains("accepted is torn", End(tree, "d/b.partial"), StringComparison.Ordinal);
        Assert.Null(Command(tree, "d/b.partial/accepted", ControlAttributes.Accept, "yes"));
        Assert.Equal(Refusal.None, tree.Rename("d/b.partial", "d/b"));
        var stored = await StoredAsync(tree, "d", "b");
        Assert.Equal(("half", "good"), (Text(stored["accepted"]), Text(stored["replaced"])));
    }

    [Fact]
    [Promise("killed-between")]
    public async Task A_writer_killed_with_no_file_open_marks_the_backup()
    {
        await using var tree = await BegunAsync("b.partial");
        using (var writer = tree.StartWriter("d/b.partial/f", "whole"))
        {
            writer.Close();
            writer.Kill();
        }

        await EventuallyAsync(() => State(tree, "d/b.partial") == "failed");
        Assert.Contains("writer killed", End(tree, "d/b.partial"), StringComparison.Ordinal);
        Assert.Null(Command(tree, "d/b.partial", ControlAttributes.Accept, "yes"));
        Assert.Null(End(tree, "d/b.partial"));
    }

    [Fact]
    [Promise("no-false-alarm")]
    [Promise("failed-after-close")]
    public async Task A_writer_that_closes_its_file_tears_nothing_however_it_exits()
    {
        await using var tree = await BegunAsync("b.partial");
        using (var good = tree.StartWriter("d/b.partial/good", "good"))
        {
            good.Close();
            good.Exit(0);
        }

        using (var noted = tree.StartWriter("d/b.partial/noted", "noted"))
        {
            noted.Close();
            noted.Exit(3);
        }

        await EventuallyAsync(() => (tree.Control.Get(tree.FullPath("d/b.partial"), ControlAttributes.Status) ?? "")
            .Contains("exit status 3", StringComparison.Ordinal));
        Assert.Equal("open", State(tree, "d/b.partial"));
        Assert.Equal(Refusal.None, tree.Rename("d/b.partial", "d/b"));
        var stored = await StoredAsync(tree, "d", "b");
        Assert.Equal(("good", "noted"), (Text(stored["good"]), Text(stored["noted"])));
    }

    [Fact]
    [Promise("writers-off")]
    public async Task With_the_watch_off_nothing_is_torn()
    {
        var settings = new TreeSettings { FileSystem = new FileSystemOptions { End = EndPolicy.Manual, Writers = WriterPolicy.Off } };
        await using var tree = await BegunAsync("b.partial", settings);
        using (var writer = tree.StartWriter("d/b.partial/f", "half"))
        {
            writer.Kill();
        }

        Assert.Equal(Refusal.None, tree.Rename("d/b.partial", "d/b"));
    }
}
