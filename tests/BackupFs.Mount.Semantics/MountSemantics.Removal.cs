using BackupFs.FileSystem;

namespace BackupFs.Mount.Semantics;

/// <content>Removing complete backups.</content>
public abstract partial class MountSemantics
{
    [Fact]
    [Promise("remove-refused")]
    public async Task Without_the_option_nothing_of_a_complete_backup_can_be_removed()
    {
        await using var tree = await CompleteAsync();
        Assert.Equal(Refusal.NotPermitted, tree.Remove("d/b/file"));
        Assert.Equal(Refusal.NotPermitted, tree.Remove("d/b/sub"));
        Assert.Equal(Refusal.NotPermitted, tree.Remove("d/b"));
        Assert.Contains("allow-remove", Command(tree, "d", ControlAttributes.Remove, "b"), StringComparison.Ordinal);
        Assert.Equal(["file", "sub"], tree.List("d/b"));
    }

    [Fact]
    [Promise("remove-allowed")]
    [Promise("remove-exact")]
    public async Task With_the_option_a_backup_is_removed_at_the_last_step()
    {
        await using var tree = await CompleteAsync(Removing(TimeSpan.FromMinutes(5)));
        Assert.Equal(Refusal.None, tree.MakeDirectory("d/bb"));
        Assert.Equal(Refusal.None, tree.Write("d/bb/f", Bytes("x")));
        Assert.Null(End(tree, "d/bb"));
        Assert.Equal(Refusal.NotEmpty, tree.Remove("d/b"));
        Assert.Equal(Refusal.None, tree.Remove("d/b/file"));
        Assert.Equal(Refusal.None, tree.Remove("d/b/sub/file"));
        Assert.Equal(Refusal.None, tree.Remove("d/b/sub"));
        Assert.Equal(2, (await StoredAsync(tree, "d", "b")).Count);
        Assert.Empty(tree.List("d/b"));
        Assert.Equal(Refusal.None, tree.Remove("d/b"));
        Assert.Equal(["bb"], tree.List("d"));
        Assert.Equal("x", Text((await StoredAsync(tree, "d", "bb"))["f"]));
        var other = tree.Storage.Open();
        Assert.Null(await other.FindBackupAsync("d", "b", default));
        await other.CloseAsync(default);
    }

    [Fact]
    [Promise("remove-undone")]
    public async Task A_removal_that_stops_half_way_is_undone()
    {
        await using var tree = await CompleteAsync(Removing(TimeSpan.FromMilliseconds(300)));
        Assert.Equal(Refusal.None, tree.Remove("d/b/file"));
        Assert.False(tree.Exists("d/b/file"));
        await EventuallyAsync(() => tree.Exists("d/b/file"));
        await EventuallyAsync(() => tree.List("d/b") is ["file", "sub"]);
        Assert.Equal("content", Text(tree.Read("d/b/file")));
    }

    private static TreeSettings Removing(TimeSpan settle) => new()
    {
        FileSystem = new FileSystemOptions { End = EndPolicy.Manual, AllowRemove = true, SettleTime = settle },
    };
}
