using System.Security.Cryptography;
using BackupFs.FileSystem;

namespace BackupFs.Mount.Semantics;

/// <content>Writing, reading, names and times.</content>
public abstract partial class MountSemantics
{
    [Fact]
    [Promise("rewrite")]
    [Promise("rewrite-wal")]
    public async Task A_file_is_rewritten_in_place_cut_extended_and_appended_to()
    {
        await using var tree = await BegunAsync("b.partial");
        var zeros = new byte[1 << 20];
        using (var file = tree.Open("d/b.partial/f", create: true))
        {
            Assert.Equal(Refusal.None, file.WriteAt(0, zeros));
            Assert.Equal(Refusal.None, file.WriteAt(0, Bytes("head")));
            Assert.Equal("head\0", Text(file.ReadAt(0, 5)));
        }

        using (var file = tree.Open("d/b.partial/f"))
        {
            Assert.Equal(Refusal.None, file.WriteAt(zeros.Length, Bytes("tail")));
        }

        Assert.Equal(zeros.Length + 4, tree.SizeOf("d/b.partial/f"));
        Assert.Equal(Refusal.None, tree.Truncate("d/b.partial/f", 6));
        Assert.Equal(Refusal.None, tree.Truncate("d/b.partial/f", 8));
        Assert.Equal(Refusal.None, tree.Write("d/b.partial/g", Bytes("long content")));
        Assert.Equal(Refusal.None, tree.Write("d/b.partial/g", Bytes("short")));
        Assert.Equal(Refusal.None, tree.Rename("d/b.partial", "d/b"));
        var stored = await StoredAsync(tree, "d", "b");
        Assert.Equal(("head\0\0\0\0", "short"), (Text(stored["f"]), Text(stored["g"])));
    }

    [Fact]
    [Promise("rewrite")]
    public async Task Names_change_until_the_end()
    {
        await using var tree = await BegunAsync("b.partial");
        Assert.Equal(Refusal.None, tree.MakeDirectory("d/b.partial/sub"));
        Assert.Equal(Refusal.None, tree.Write("d/b.partial/.f.tmp", Bytes("new")));
        Assert.Equal(Refusal.None, tree.Write("d/b.partial/sub/f", Bytes("old")));
        Assert.Equal(Refusal.None, tree.Rename("d/b.partial/.f.tmp", "d/b.partial/sub/f"));
        Assert.Equal(Refusal.None, tree.Rename("d/b.partial/sub", "d/b.partial/moved"));
        Assert.Equal(Refusal.None, tree.Write("d/b.partial/gone", Bytes("x")));
        Assert.Equal(Refusal.None, tree.Remove("d/b.partial/gone"));
        Assert.Equal(Refusal.NotEmpty, tree.Remove("d/b.partial/moved"));
        Assert.Equal(Refusal.None, tree.Rename("d/b.partial", "d/b"));
        var (path, content) = Assert.Single(await StoredAsync(tree, "d", "b"));
        Assert.Equal(("moved/f", "new"), (path, Text(content)));
    }

    [Fact]
    [Promise("unlinked-open")]
    public async Task A_file_that_is_removed_while_open_is_there_until_it_is_closed()
    {
        await using var tree = await BegunAsync("b.partial");
        using (var file = tree.Open("d/b.partial/f", create: true))
        {
            Assert.Equal(Refusal.None, file.WriteAt(0, Bytes("x")));
            Assert.Equal(Refusal.None, tree.Remove("d/b.partial/f"));
            Assert.False(tree.Exists("d/b.partial/f"));
            Assert.Equal(Refusal.None, file.WriteAt(1, Bytes("y")));
            Assert.Equal("xy", Text(file.ReadAt(0, 2)));
        }

        Assert.Equal(Refusal.None, tree.Write("d/b.partial/g", Bytes("x")));
        Assert.Equal(Refusal.None, tree.Rename("d/b.partial", "d/b"));
        Assert.Equal(["g"], (await StoredAsync(tree, "d", "b")).Keys);
    }

    [Fact]
    [Promise("read-back")]
    public async Task What_was_written_is_read_back_anywhere()
    {
        var content = new byte[5_000_001];
        new Random(7).NextBytes(content);
        await using var tree = await BegunAsync("b.partial");
        Assert.Equal(Refusal.None, tree.Write("d/b.partial/f", content));
        Assert.Equal(SHA256.HashData(content), SHA256.HashData(tree.Read("d/b.partial/f")));
        Assert.Equal(Refusal.None, tree.Rename("d/b.partial", "d/b"));
        Assert.Equal(SHA256.HashData(content), SHA256.HashData(tree.Read("d/b/f")));
        Assert.Equal(content.LongLength, tree.SizeOf("d/b/f"));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(reader => Task.Run(() =>
        {
            var random = new Random(reader);
            for (var i = 0; i < 10; i++)
            {
                var (offset, length) = (random.Next(content.Length), random.Next(1, 100_000));
                var expected = content.AsSpan(offset, Math.Min(length, content.Length - offset));
                Assert.True(expected.SequenceEqual(tree.ReadAt("d/b/f", offset, length)));
            }
        })));
    }

    [Fact]
    [Promise("readdir")]
    public async Task A_large_directory_is_listed_whole()
    {
        const int Files = 1500;
        await using var tree = await BegunAsync("b.partial");
        var names = Enumerable.Range(0, Files).Select(i => $"file with a rather long name, number {i}").Order(StringComparer.Ordinal).ToArray();
        foreach (var name in names)
        {
            Assert.Equal(Refusal.None, tree.Write($"d/b.partial/{name}", []));
        }

        Assert.Equal(names, tree.List("d/b.partial"));
        Assert.Equal(Refusal.None, tree.Rename("d/b.partial", "d/b"));
        Assert.Equal(names, tree.List("d/b"));
    }

    [Fact]
    [Promise("metadata")]
    public async Task Times_and_names_in_any_script_come_back()
    {
        string[] names = ["Größe", "日本語", "🎒 emoji", "with space", "UPPER and lower", "dot.dot"];
        var time = new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc).AddTicks(1234567);
        await using var tree = await BegunAsync("b.partial");
        foreach (var name in names)
        {
            Assert.Equal(Refusal.None, tree.Write($"d/b.partial/{name}", Bytes(name)));
            Assert.Equal(Refusal.None, tree.SetTime($"d/b.partial/{name}", time));
        }

        Assert.Equal(Refusal.None, tree.Rename("d/b.partial", "d/b"));
        Assert.Equal(names.Order(StringComparer.Ordinal), tree.List("d/b"));
        Assert.All(names, name => Assert.Equal((name, time), (Text(tree.Read($"d/b/{name}")), tree.TimeOf($"d/b/{name}"))));
    }

    [Fact]
    [Promise("control-root")]
    [Promise("control-sha256")]
    public async Task The_mount_tells_about_itself_and_its_files()
    {
        await using var tree = await CompleteAsync();
        Assert.Equal("1", tree.Control.Get(tree.FullPath(""), ControlAttributes.DirectoryLevels));
        Assert.Equal(
            Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture),
            tree.Control.Get(tree.FullPath(""), ControlAttributes.ProcessId));
        Assert.NotNull(tree.Control.Get(tree.FullPath(""), ControlAttributes.Storage));
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(Bytes("content"))),
            tree.Control.Get(tree.FullPath("d/b/file"), ControlAttributes.Sha256));
        Assert.Null(tree.Control.Get(tree.FullPath("d/b/file"), ControlAttributes.State));
        Assert.NotNull(tree.Control.Find(tree.FullPath("d/b")));
    }
}
