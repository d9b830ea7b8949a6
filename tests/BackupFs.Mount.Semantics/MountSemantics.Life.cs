using BackupFs.FileSystem;

namespace BackupFs.Mount.Semantics;

/// <content>How backups begin and end.</content>
public abstract partial class MountSemantics
{
    [Fact]
    [Promise("mkdir-starts")]
    [Promise("states")]
    public async Task Making_a_directory_begins_a_backup()
    {
        await using var tree = await BegunAsync();
        Assert.Equal("open", State(tree, "d/b"));
        Assert.Equal(["b"], tree.List("d"));
        Assert.Empty(tree.List("d/b"));
    }

    [Fact]
    [Promise("partial-is-shown")]
    [Promise("rename-ends")]
    [Promise("all-or-nothing")]
    public async Task A_partial_backup_is_shown_as_such_until_the_rename_that_ends_it()
    {
        await using var tree = await BegunAsync("b.partial");
        Assert.Equal(Refusal.None, tree.Write("d/b.partial/f", Bytes("x")));
        Assert.Equal(["b.partial"], tree.List("d"));
        Assert.Equal("open", State(tree, "d/b.partial"));
        Assert.False(tree.Exists("d/b"));
        var other = tree.Storage.Open();
        Assert.Empty(await other.ListBackupsAsync("d", default));
        await other.CloseAsync(default);

        Assert.Equal(Refusal.None, tree.Rename("d/b.partial", "d/b"));
        Assert.Equal(["b"], tree.List("d"));
        Assert.Equal("complete", State(tree, "d/b"));
        Assert.False(tree.Exists("d/b.partial"));
        Assert.Equal("x", Text((await StoredAsync(tree, "d", "b"))["f"]));
    }

    [Fact]
    [Promise("setfattr-ends")]
    [Promise("command-ends")]
    [Promise("control-invalid")]
    public async Task A_command_ends_a_backup_whatever_it_is_called()
    {
        await using var tree = await BegunAsync();
        Assert.Equal(Refusal.None, tree.MakeDirectory("d/c.partial"));
        Assert.Equal(Refusal.None, tree.Write("d/b/f", Bytes("x")));
        Assert.Equal(Refusal.None, tree.Write("d/c.partial/f", Bytes("y")));
        Assert.NotNull(Command(tree, "d/b", ControlAttributes.State, "whatever"));
        Assert.Equal("open", State(tree, "d/b"));
        Assert.Null(End(tree, "d/b"));
        Assert.Null(End(tree, "d/c.partial"));
        await EventuallyAsync(() => tree.List("d") is ["b", "c"]);
        Assert.Equal(("complete", "complete"), (State(tree, "d/b"), State(tree, "d/c")));
        Assert.Equal("y", Text((await StoredAsync(tree, "d", "c"))["f"]));
    }

    [Fact]
    [Promise("idle-ends")]
    [Promise("idle-not-empty")]
    [Promise("idle-not-partial")]
    public async Task A_backup_ends_by_itself_when_all_is_quiet_but_not_an_empty_or_partial_one()
    {
        var settings = new TreeSettings { FileSystem = new FileSystemOptions { SettleTime = TimeSpan.FromMilliseconds(200) } };
        await using var tree = await ManualAsync(settings);
        foreach (var name in (string[])["empty", "p.partial", "b"])
        {
            Assert.Equal(Refusal.None, tree.MakeDirectory("d/" + name));
        }

        Assert.Equal(Refusal.None, tree.Write("d/p.partial/f", Bytes("x")));
        Assert.Equal(Refusal.None, tree.Write("d/b/f", Bytes("x")));
        await EventuallyAsync(() => State(tree, "d/b") == "complete");
        Assert.Equal(("open", "open"), (State(tree, "d/empty"), State(tree, "d/p.partial")));
    }

    [Fact]
    [Promise("open-file-refuses-end")]
    public async Task An_open_file_holds_off_the_end()
    {
        await using var tree = await BegunAsync();
        using (var file = tree.Open("d/b/f", create: true))
        {
            Assert.Equal(Refusal.None, file.WriteAt(0, Bytes("half")));
            Assert.Contains("f is still open for writing", End(tree, "d/b"), StringComparison.Ordinal);
            Assert.Equal("open", State(tree, "d/b"));
            Assert.Equal(Refusal.None, file.WriteAt(4, Bytes(" whole")));
        }

        Assert.Null(End(tree, "d/b"));
        Assert.Equal("half whole", Text((await StoredAsync(tree, "d", "b"))["f"]));
    }

    [Fact]
    [Promise("complete-is-read-only")]
    public async Task Nothing_changes_a_complete_backup()
    {
        await using var tree = await CompleteAsync();
        var time = tree.TimeOf("d/b/file");
        Assert.Equal(Refusal.ReadOnly, tree.Write("d/b/new", Bytes("x")));
        Assert.Equal(Refusal.ReadOnly, tree.Write("d/b/file", Bytes("x")));
        Assert.Equal(Refusal.ReadOnly, tree.Truncate("d/b/file", 0));
        Assert.Equal(Refusal.ReadOnly, tree.MakeDirectory("d/b/dir"));
        Assert.Equal(Refusal.ReadOnly, tree.Rename("d/b/file", "d/b/other"));
        Assert.Equal(Refusal.ReadOnly, tree.SetTime("d/b/file", DateTime.UnixEpoch));
        Assert.Equal("content", Text(tree.Read("d/b/file")));
        Assert.Equal(["file", "sub"], tree.List("d/b"));
        Assert.Equal(time, tree.TimeOf("d/b/file"));
    }

    [Fact]
    [Promise("name-taken")]
    public async Task The_name_of_a_backup_is_taken_while_it_is_written_and_after()
    {
        await using var tree = await CompleteAsync();
        Assert.Equal(Refusal.None, tree.MakeDirectory("d/open.partial"));
        Assert.Equal(Refusal.Taken, tree.MakeDirectory("d/b"));
        Assert.Equal(Refusal.Taken, tree.MakeDirectory("d/b.partial"));
        Assert.Equal(Refusal.Taken, tree.MakeDirectory("d/open"));
        Assert.Equal(Refusal.Taken, tree.MakeDirectory("d/open.partial"));
    }

    [Fact]
    [Promise("name-fixed")]
    [Promise("rename-across")]
    public async Task A_backup_with_something_in_it_keeps_its_name_and_its_files()
    {
        await using var tree = await BegunAsync();
        Assert.Equal(Refusal.None, tree.Write("d/b/f", Bytes("x")));
        Assert.Equal(Refusal.NotPermitted, tree.Rename("d/b", "d/c"));
        Assert.Equal(Refusal.None, tree.MakeDirectory("d/other"));
        Assert.Equal(Refusal.OtherBackup, tree.Rename("d/b/f", "d/other/f"));
        Assert.Equal("x", Text(tree.Read("d/b/f")));
    }

    [Fact]
    [Promise("rm-aborts")]
    [Promise("abort-removes")]
    public async Task Removing_an_open_backup_aborts_it_and_frees_the_name()
    {
        await using var tree = await BegunAsync("b.partial");
        Assert.Equal(Refusal.None, tree.Write("d/b.partial/f", Bytes("x")));
        Assert.Equal(Refusal.NotEmpty, tree.Remove("d/b.partial"));
        Assert.Equal(Refusal.None, tree.Remove("d/b.partial/f"));
        Assert.Equal(Refusal.None, tree.Remove("d/b.partial"));
        Assert.False(tree.Exists("d/b.partial"));

        Assert.Equal(Refusal.None, tree.MakeDirectory("d/b"));
        Assert.Equal(Refusal.None, tree.Write("d/b/f", Bytes("x")));
        Assert.Null(Command(tree, "d/b", ControlAttributes.State, "aborted"));
        await EventuallyAsync(() => !tree.Exists("d/b"));
        Assert.Equal(Refusal.None, tree.MakeDirectory("d/b"));
        Assert.Empty(tree.List("d/b"));
    }

    [Fact]
    [Promise("fsync-policy-ends")]
    public async Task With_the_end_policy_fsync_a_sync_of_the_directory_ends_it()
    {
        await using var tree = await BegunAsync(settings: new TreeSettings { FileSystem = new FileSystemOptions { End = EndPolicy.Fsync } });
        Assert.Equal(Refusal.None, tree.Write("d/b/f", Bytes("x")));
        Assert.Equal(Refusal.None, tree.MakeDirectory("d/b/sub"));
        Assert.Equal(Refusal.None, tree.Sync("d/b/f"));
        Assert.Equal(Refusal.None, tree.Sync("d/b/sub"));
        Assert.Equal("open", State(tree, "d/b"));
        Assert.Equal(Refusal.None, tree.Sync("d/b"));
        Assert.Equal("complete", State(tree, "d/b"));
    }

    [Fact]
    [Promise("fsync-does-not-end")]
    public async Task A_sync_does_not_end_a_backup_otherwise()
    {
        await using var tree = await BegunAsync();
        Assert.Equal(Refusal.None, tree.Write("d/b/f", Bytes("x")));
        Assert.Equal(Refusal.None, tree.Sync("d/b/f"));
        Assert.Equal(Refusal.None, tree.Sync("d/b"));
        Assert.Equal("open", State(tree, "d/b"));
        Assert.Equal(Refusal.None, tree.Write("d/b/g", Bytes("x")));
    }

    [Fact]
    [Promise("levels-option")]
    [Promise("file-above-backups")]
    [Promise("name-reserved")]
    public async Task Files_are_in_backups_which_are_at_their_level()
    {
        var settings = new TreeSettings { FileSystem = new FileSystemOptions { End = EndPolicy.Manual, DirectoryLevels = 2 } };
        await using var tree = await ManualAsync(settings);
        Assert.Equal(Refusal.None, tree.MakeDirectory("d/shard"));
        Assert.Equal(Refusal.NotPermitted, tree.Write("f", Bytes("x")));
        Assert.Equal(Refusal.NotPermitted, tree.Write("d/f", Bytes("x")));
        Assert.Equal(Refusal.NotPermitted, tree.Write("d/shard/f", Bytes("x")));
        Assert.Equal(Refusal.None, tree.MakeDirectory("d/shard/b.partial"));
        Assert.Equal(Refusal.NotPermitted, tree.Write("d/shard/b.partial/.backupfs.json", Bytes("x")));
        Assert.Equal(Refusal.None, tree.Write("d/shard/b.partial/f", Bytes("x")));
        Assert.Equal(Refusal.None, tree.Rename("d/shard/b.partial", "d/shard/b"));
        Assert.Equal("x", Text((await StoredAsync(tree, "d/shard", "b"))["f"]));
    }

    [Fact]
    [Promise("end-waits-for-parallel")]
    public async Task Many_programs_write_into_one_backup_at_once()
    {
        const int Programs = 16, Files = 8;
        await using var tree = await BegunAsync("b.partial");
        await Task.WhenAll(Enumerable.Range(0, Programs).Select(program => Task.Run(() =>
        {
            Assert.Equal(Refusal.None, tree.MakeDirectory($"d/b.partial/{program}"));
            for (var file = 0; file < Files; file++)
            {
                Assert.Equal(Refusal.None, tree.Write($"d/b.partial/{program}/{file}", Bytes($"{program} {file}")));
            }
        })));
        Assert.Equal(Refusal.None, tree.Rename("d/b.partial", "d/b"));
        var stored = await StoredAsync(tree, "d", "b");
        Assert.Equal(Programs * Files, stored.Count);
        Assert.All(stored, file => Assert.Equal(file.Key.Replace('/', ' '), Text(file.Value)));
    }

    [Fact]
    [Promise("foreign")]
    public async Task What_others_stored_is_shown_and_readable()
    {
        var storage = NewStorage();
        await storage.PlantAsync("d", "plain", new Dictionary<string, byte[]> { ["f"] = Bytes("x"), ["sub/g"] = Bytes("y") });
        await using var tree = await MountAsync(new TreeSettings { Storage = storage });
        Assert.Equal(["plain"], tree.List("d"));
        Assert.Equal("foreign", State(tree, "d/plain"));
        Assert.Equal("y", Text(tree.Read("d/plain/sub/g")));
        Assert.Equal(Refusal.ReadOnly, tree.Write("d/plain/f", Bytes("z")));
    }

    private static string Text(byte[] content) => System.Text.Encoding.UTF8.GetString(content);
}
