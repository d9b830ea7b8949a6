using System.Text;
using Xunit;

namespace BackupFs.Storage.Objects.Contract;

public abstract partial class ObjectStoreContract
{
    [Fact]
    public async Task Nothing_there_is_an_empty_page()
    {
        foreach (var byDirectory in new[] { false, true })
        {
            var page = Ok(await Store.ListAsync(new ObjectListing(Key("nothing/"), byDirectory), Soon));
            Assert.Empty(page.Objects);
            Assert.Empty(page.Directories);
            Assert.Null(page.Continuation);
        }
    }

    [Fact]
    public async Task A_listing_tells_of_each_object_what_its_information_tells()
    {
        foreach (var name in new[] { "b", "a", "a-/b", "c" })
        {
            await PutAsync(Key(name), "content of " + name);
        }

        var listed = await ListAllAsync(Key(""));
        Assert.Equal([Key("a"), Key("a-/b"), Key("b"), Key("c")], listed.Select(info => info.Key));
        foreach (var info in listed)
        {
            var same = Ok(await Store.GetInfoAsync(info.Key, Soon));
            Assert.Equal((same.Size, same.Tag), (info.Size, info.Tag));
            Assert.InRange(info.Modified.Seconds, same.Modified.Seconds - 2, same.Modified.Seconds + 2);
        }
    }

    [Fact]
    public async Task A_prefix_is_the_beginning_of_a_key_and_not_a_directory()
    {
        foreach (var name in new[] { "mon/1", "monday/1", "monday/2", "money", "tuesday/1" })
        {
            await PutAsync(Key(name), name);
        }

        Assert.Equal([Key("mon/1"), Key("monday/1"), Key("monday/2"), Key("money")], await KeysAsync(Key("mon")));
        Assert.Equal([Key("mon/1")], await KeysAsync(Key("mon/")));
        Assert.Equal([Key("monday/2")], await KeysAsync(Key("monday/2")));
        var page = Ok(await Store.ListAsync(new ObjectListing(Key("mon"), ByDirectory: true), Soon));
        Assert.Equal([Key("mon/"), Key("monday/")], page.Directories);
        Assert.Equal([Key("money")], page.Objects.Select(info => info.Key));
    }

    [Fact]
    public async Task A_listing_by_directory_sums_up_what_is_below()
    {
        foreach (var name in new[] { "-80/monday/0", "-80/monday/1", "-80/tuesday/sub/deep/0", "80-/x", "file", "z/z" })
        {
            await PutAsync(Key(name), name);
        }

        var top = Ok(await Store.ListAsync(new ObjectListing(Key(""), ByDirectory: true), Soon));
        Assert.Equal([Key("-80/"), Key("80-/"), Key("z/")], top.Directories);
        Assert.Equal([Key("file")], top.Objects.Select(info => info.Key));
        var shard = Ok(await Store.ListAsync(new ObjectListing(Key("-80/"), ByDirectory: true), Soon));
        Assert.Equal([Key("-80/monday/"), Key("-80/tuesday/")], shard.Directories);
        Assert.Empty(shard.Objects);
        Assert.Equal(2, Ok(await Store.ListAsync(new ObjectListing(Key("-80/monday/"), ByDirectory: true), Soon)).Objects.Count);
    }

    [Fact]
    public async Task The_root_is_listed_by_directory()
    {
        await PutAsync(Key("monday/file"), "content");
        var directories = new List<string>();
        await foreach (var page in PagesAsync("", byDirectory: true, 1000))
        {
            directories.AddRange(page.Directories);
        }

        Assert.Contains(Keyspace + "/", directories);
        if (HasOwnRoot)
        {
            Assert.Equal([Keyspace + "/"], directories);
            Assert.Equal([Key("monday/file")], await KeysAsync(""));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task Pages_together_are_the_listing(int maximum)
    {
        string[] names = ["a", "b/1", "b/2", "b/3", "b-", "b0", "c/1/x", "c/2/x", "d", "e/", "f/1"];
        foreach (var name in names.Where(name => !name.EndsWith('/')))
        {
            await PutAsync(Key(name), name);
        }

        var flat = await ListAllAsync(Key(""), maximum);
        Assert.Equal(names.Where(name => !name.EndsWith('/')).Select(Key).Order(StringComparer.Ordinal), flat.Select(info => info.Key));

        var (objects, directories) = (new List<string>(), new List<string>());
        await foreach (var page in PagesAsync(Key(""), byDirectory: true, maximum))
        {
            objects.AddRange(page.Objects.Select(info => info.Key));
            directories.AddRange(page.Directories);
        }

        Assert.Equal([Key("a"), Key("b-"), Key("b0"), Key("d")], objects);
        Assert.Equal([Key("b/"), Key("c/"), Key("f/")], directories);
    }

    [Fact]
    public async Task Keys_are_ordered_by_their_bytes_in_UTF_8()
    {
        // In UTF-16 the last two are the other way round.
        string[] names = ["!", "-", "0", "A", "_", "a", "\u00E4", "\u4E00", "\uFF5E", "\U0001F5C4"];
        var ordered = names.Order(KeyOrder).ToList();
        foreach (var name in Enumerable.Reverse(names))
        {
            await PutAsync(Key(name), name);
            await PutAsync(Key($"{name}{name}/file"), name);
        }

        Assert.Equal(
            ordered.SelectMany(name => new[] { name, $"{name}{name}/file" }).Select(Key).Order(KeyOrder),
            (await ListAllAsync(Key(""), 3)).Select(info => info.Key));
        var page = Ok(await Store.ListAsync(new ObjectListing(Key(""), ByDirectory: true), Soon));
        Assert.Equal(ordered.Select(Key), page.Objects.Select(info => info.Key));
        Assert.Equal(ordered.Select(name => Key($"{name}{name}/")), page.Directories);
    }

    [Fact]
    public async Task A_listing_sees_every_change_at_once()
    {
        for (var i = 0; i < 5; i++)
        {
            var put = await PutAsync(Key("file"), $"version {i}");
            Assert.Equal(put.Tag, Assert.Single(await ListAllAsync(Key("file"))).Tag);
            if (i % 2 == 1)
            {
                Ok(await Store.DeleteAsync([Key("file")], Soon));
                Assert.Empty(await KeysAsync(Key("")));
            }
        }
    }
}
