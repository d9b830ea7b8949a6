using System.Globalization;
using System.Text;
using Xunit;

namespace BackupFs.Storage.Objects.Contract;

public abstract partial class ObjectStoreContract
{
    [Fact]
    public async Task Only_the_first_put_finds_nothing_there()
    {
        var first = Ok(await Store.PutAsync(Key("file"), Body(Bytes("first")), PutCondition.Absent, Soon));
        var second = await Store.PutAsync(Key("file"), Body(Bytes("second")), PutCondition.Absent, Soon);
        if (!HeedsConditions)
        {
            Ok(second);
            return;
        }

        Fails(StorageErrorKind.AlreadyExists, second);
        Assert.Equal(first.Tag, Ok(await Store.GetInfoAsync(Key("file"), Soon)).Tag);
        Assert.Equal("first", await TextAsync(Key("file")));

        Ok(await Store.DeleteAsync([Key("file")], Soon));
        Ok(await Store.PutAsync(Key("file"), Body(Bytes("third")), PutCondition.Absent, Soon));
        Assert.Equal("third", await TextAsync(Key("file")));
    }

    [Fact]
    public async Task Of_sixteen_that_race_for_a_key_one_wins()
    {
        if (!HeedsConditions)
        {
            return;
        }

        for (var round = 0; round < 5; round++)
        {
            var key = Key($"round {round}");
            var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var racers = Enumerable.Range(0, 16).Select(async racer =>
            {
                await ready.Task;
                return await Store.PutAsync(key, Body(Bytes($"racer {racer}")), PutCondition.Absent, Soon);
            }).ToList();
            ready.SetResult();
            var results = await Task.WhenAll(racers);
            var winner = Array.FindIndex(results, result => result.IsOk);
            Assert.Single(results, result => result.IsOk);
            Assert.All(results.Where(result => !result.IsOk), result => Fails(StorageErrorKind.AlreadyExists, result));
            Assert.Equal($"racer {winner}", await TextAsync(key));
        }
    }

    [Fact]
    public async Task A_put_that_names_a_version_replaces_only_that()
    {
        var first = await PutAsync(Key("file"), "first");
        var second = Ok(await Store.PutAsync(Key("file"), Body(Bytes("second")), PutCondition.Matches(first.Tag), Soon));
        var third = await Store.PutAsync(Key("file"), Body(Bytes("third")), PutCondition.Matches(first.Tag), Soon);
        var missing = await Store.PutAsync(Key("missing"), Body(Bytes("x")), PutCondition.Matches(first.Tag), Soon);
        if (!HeedsConditions)
        {
            Ok(third);
            return;
        }

        Fails(StorageErrorKind.AlreadyExists, third);
        Fails(StorageErrorKind.AlreadyExists, missing);
        Assert.Equal(second.Tag, Ok(await Store.GetInfoAsync(Key("file"), Soon)).Tag);
        Assert.Equal("second", await TextAsync(Key("file")));
        Assert.Equal([Key("file")], await KeysAsync(Key("")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(1_500_000)]
    public async Task A_copy_is_an_object_of_its_own(int size)
    {
        var content = RandomBytes(size);
        await PutAsync(Key("from"), content);
        await PutAsync(Key("to"), "replaced");
        var copy = Ok(await Store.CopyAsync(Key("from"), Key("to"), Soon));
        Assert.Equal((Key("to"), (long)size), (copy.Key, copy.Size));
        Assert.Equal(copy.Tag, Ok(await Store.GetInfoAsync(Key("to"), Soon)).Tag);
        Ok(await Store.DeleteAsync([Key("from")], Soon));
        Same(content, await GetAsync(Key("to")));
    }

    [Fact]
    public async Task What_was_uploaded_in_parts_can_be_copied()
    {
        var content = RandomBytes(PartSize + 1000);
        await UploadAsync(Key("from"), content);
        Assert.Equal(content.Length, Ok(await Store.CopyAsync(Key("from"), Key("to"), Soon)).Size);
        Same(content, await GetAsync(Key("to")));
    }

    [Fact]
    public async Task Deleting_deletes_these_keys_and_no_others()
    {
        foreach (var name in new[] { "a", Below("a", "b"), "ab", "a b", "a&b", "<a>", "\u00FC" })
        {
            await PutAsync(Key(name), name);
        }

        Ok(await Store.DeleteAsync([], Soon));
        Ok(await Store.DeleteAsync([Key("a"), Key("never"), Key("a&b"), Key("<a>"), Key("\u00FC")], Soon));
        Ok(await Store.DeleteAsync([Key("a")], Soon));
        Assert.Equal([Key("a b"), Key(Below("a", "b")), Key("ab")], await KeysAsync(Key("")));
    }

    [Fact]
    public async Task More_objects_than_a_page_holds_are_listed_and_deleted()
    {
        const int Count = 1500;
        await Parallel.ForAsync(0, Count, new ParallelOptions { MaxDegreeOfParallelism = 24, CancellationToken = Soon }, async (i, cancellation) =>
            Ok(await Store.PutAsync(Key($"many/{i:D5}"), Body(Encoding.ASCII.GetBytes(i.ToString(CultureInfo.InvariantCulture))), PutCondition.None, cancellation)));
        await PutAsync(Key("manyother"), "stays");
        var keys = await KeysAsync(Key("many/"));
        Assert.Equal(Enumerable.Range(0, Count).Select(i => Key($"many/{i:D5}")), keys);
        Assert.Equal("1234", await TextAsync(Key("many/01234")));
        Ok(await Store.DeleteAsync(keys, Soon));
        Assert.Equal([Key("manyother")], await KeysAsync(Key("")));
    }

    [Fact]
    public async Task An_object_beside_one_of_a_key_below_it_is_either_kept_or_refused()
    {
        await PutAsync(Key("a"), "a");
        await PutAsync(Key("b/c"), "b/c");
        foreach (var (key, kind) in new[] { (Key("a/below"), StorageErrorKind.NotADirectory), (Key("b"), StorageErrorKind.IsADirectory) })
        {
            var put = await Store.PutAsync(key, Body(Bytes("x")), PutCondition.None, Soon);
            if (Store.Limits.ObjectsAreFiles)
            {
                Fails(kind, put);
                Fails(StorageErrorKind.NotFound, await Store.GetInfoAsync(key, Soon));
            }
            else
            {
                Ok(put);
            }
        }

        Assert.Equal(("a", "b/c"), (await TextAsync(Key("a")), await TextAsync(Key("b/c"))));
        Ok(await Store.DeleteAsync([Key("a"), Key("b"), Key("b/c")], Soon));
        await PutAsync(Key("a/below"), "now");
        await PutAsync(Key("b"), "now");
        Assert.Equal([Key("a/below"), Key("b")], await KeysAsync(Key("")));
    }

    [Fact]
    public async Task Preparing_twice_changes_nothing()
    {
        await PutAsync(Key("file"), "stays");
        Ok(await Store.PrepareAsync(Key("file"), Soon));
        Ok(await Store.PrepareAsync(Key("other/file"), Soon));
        Assert.Equal([Key("file")], await KeysAsync(Key("")));
    }
}
