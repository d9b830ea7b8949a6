namespace BackupFs.Storage.Objects.Tests.Reading;

public sealed class FileOrderTests
{
    private readonly TreeBuilder _builder = new(default);

    [Fact]
    public void Directories_stand_where_their_names_are_or_come_after_the_files()
    {
        _builder.Start();
        foreach (var path in new[] { "a", "b/c/d", "b/e", "b/f/g", "h", "i/j" })
        {
            Add(path, 5);
        }

        Assert.Equal(["a", "b/c/d", "b/e", "b/f/g", "h", "i/j"], Keys(FileOrder.DepthFirst(_builder.Root)));
        Assert.Equal(["a", "h", "b/e", "b/c/d", "b/f/g", "i/j"], Keys(FileOrder.FilesFirst(_builder.Root)));
    }

    [Fact]
    public void Empty_files_have_no_place_and_further_names_none_of_their_own()
    {
        _builder.Start();
        Add("a", 0);
        var file = Add("b", 5);
        Add("d", 5);
        _builder.Root.Children.Add("c", file);
        var order = FileOrder.DepthFirst(_builder.Root);
        Assert.Equal(["b", "d"], Keys(order));
        Assert.Equal([0, 1], Enumerable.Range(0, 2).Select(place => order.PlaceOf(order[place])));
    }

    [Fact]
    public void A_deep_path_is_no_deep_stack()
    {
        _builder.Start();
        Add(string.Join('/', Enumerable.Repeat("d", 2000)), 5);
        Assert.Equal(1, FileOrder.DepthFirst(_builder.Root).Count);
        Assert.Equal(1, FileOrder.FilesFirst(_builder.Root).Count);
    }

    private static IEnumerable<string> Keys(FileOrder order) =>
        Enumerable.Range(0, order.Count).Select(place => ((StoredContent)order[place].Content!).Object!.Key);

    private TreeNode Add(string path, long size) =>
        _builder.AddObject(new ObjectInfo(path, size, "tag", default), path, (stored, _) => new StoredContent(stored, null))!;
}
