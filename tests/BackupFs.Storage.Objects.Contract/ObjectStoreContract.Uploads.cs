using Xunit;

namespace BackupFs.Storage.Objects.Contract;

public abstract partial class ObjectStoreContract
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 12_345)]
    [InlineData(2, 0)]
    public async Task Parts_become_one_object(int parts, int lastSize)
    {
        var content = RandomBytes(((parts - 1) * PartSize) + (lastSize == 0 ? PartSize : lastSize));
        var stored = await UploadAsync(Key("file"), content);
        Assert.Equal((Key("file"), (long)content.Length), (stored.Key, stored.Size));
        var info = Ok(await Store.GetInfoAsync(Key("file"), Soon));
        Assert.Equal((stored.Size, stored.Tag), (info.Size, info.Tag));
        Same(content, await GetAsync(Key("file")));

        var across = new byte[Math.Min(100, content.Length)];
        var offset = Math.Max(0, Math.Min(PartSize - 50, content.Length - across.Length));
        Assert.Equal(across.Length, Ok(await Store.ReadAsync(Key("file"), stored.Tag, offset, across, Soon)));
        Same(content.AsSpan(offset, across.Length), across);
    }

    [Fact]
    public async Task Parts_are_uploaded_beside_each_other_in_any_order()
    {
        const int Parts = 5;
        var content = RandomBytes(((Parts - 1) * PartSize) + 1);
        var upload = Ok(await Store.StartUploadAsync(Key("file"), Soon));
        Assert.Equal(Key("file"), upload.Key);
        async Task PartAsync(int number)
        {
            var part = content[((number - 1) * PartSize)..Math.Min(content.Length, number * PartSize)];
            Ok(await upload.UploadPartAsync(number, Body(part), number == Parts, Soon));
        }

        if (Store.Limits.PartsInOrder)
        {
            for (var number = 1; number <= Parts; number++)
            {
                await PartAsync(number);
            }
        }
        else
        {
            await Task.WhenAll(Enumerable.Range(1, Parts).Reverse().Select(PartAsync));
        }

        Assert.Equal(content.Length, Ok(await upload.CompleteAsync(Parts, Soon)).Size);
        Same(content, await GetAsync(Key("file")));
    }

    [Fact]
    public async Task A_part_uploaded_again_replaces_the_one_before()
    {
        if (Store.Limits.PartsInOrder)
        {
            return;
        }

        var upload = Ok(await Store.StartUploadAsync(Key("file"), Soon));
        var (first, last) = (RandomBytes(PartSize, 1), RandomBytes(100, 2));
        Ok(await upload.UploadPartAsync(1, Body(RandomBytes(PartSize, 3)), false, Soon));
        Ok(await upload.UploadPartAsync(2, Body(RandomBytes(5000, 4)), true, Soon));
        Ok(await upload.UploadPartAsync(1, Body(first), false, Soon));
        Ok(await upload.UploadPartAsync(2, Body(last), true, Soon));
        Assert.Equal(PartSize + 100, Ok(await upload.CompleteAsync(2, Soon)).Size);
        byte[] expected = [.. first, .. last];
        Same(expected, await GetAsync(Key("file")));
    }

    [Fact]
    public async Task A_part_can_be_copied_from_an_object()
    {
        var source = RandomBytes((2 * PartSize) + 500);
        var info = await UploadAsync(Key("odd & source+\u00FC"), source);
        var upload = Ok(await Store.StartUploadAsync(Key("file"), Soon));
        var copied = await upload.CopyPartAsync(1, Key("odd & source+\u00FC"), info.Tag, 77, PartSize, Soon);
        if (!Store.Limits.PartCopy)
        {
            Fails(StorageErrorKind.Unsupported, copied);
            Ok(await upload.AbortAsync(Soon));
            return;
        }

        Ok(copied);
        var middle = RandomBytes(PartSize, 9);
        Ok(await upload.UploadPartAsync(2, Body(middle), false, Soon));
        Ok(await upload.CopyPartAsync(3, Key("odd & source+\u00FC"), info.Tag, source.Length - 20, 20, Soon));
        var stored = Ok(await upload.CompleteAsync(3, Soon));
        Assert.Equal((2 * PartSize) + 20, stored.Size);
        byte[] expected = [.. source[77..(77 + PartSize)], .. middle, .. source[^20..]];
        Same(expected, await GetAsync(Key("file")));
    }

    [Fact]
    public async Task A_part_is_not_copied_from_another_version_or_from_nothing()
    {
        if (!Store.Limits.PartCopy)
        {
            return;
        }

        var first = await PutAsync(Key("source"), RandomBytes(PartSize, 1));
        await PutAsync(Key("source"), RandomBytes(PartSize, 2));
        var upload = Ok(await Store.StartUploadAsync(Key("file"), Soon));
        Fails(StorageErrorKind.Corrupt, await upload.CopyPartAsync(1, Key("source"), first.Tag, 0, PartSize, Soon));
        Fails(StorageErrorKind.NotFound, await upload.CopyPartAsync(1, Key("missing"), first.Tag, 0, PartSize, Soon));
        Ok(await upload.AbortAsync(Soon));
        Fails(StorageErrorKind.NotFound, await Store.GetInfoAsync(Key("file"), Soon));
    }

    [Fact]
    public async Task Nothing_is_seen_before_the_completion_which_replaces_what_is_there()
    {
        var before = await PutAsync(Key("file"), "before");
        foreach (var key in new[] { Key("file"), Key("new") })
        {
            var upload = Ok(await Store.StartUploadAsync(key, Soon));
            Ok(await upload.UploadPartAsync(1, Body(RandomBytes(PartSize)), false, Soon));
            Ok(await upload.UploadPartAsync(2, Body(Bytes("end")), true, Soon));
            Assert.Equal("before", await TextAsync(Key("file")));
            Assert.Equal([Key("file")], await KeysAsync(Key("")));
            if (key == Key("new"))
            {
                Fails(StorageErrorKind.NotFound, await Store.GetInfoAsync(key, Soon));
                Ok(await upload.AbortAsync(Soon));
            }
            else
            {
                var after = Ok(await upload.CompleteAsync(2, Soon));
                Assert.NotEqual(before.Tag, after.Tag);
                Assert.Equal(after.Tag, Assert.Single(await ListAllAsync(Key(""))).Tag);
                await PutAsync(Key("file"), "before");
            }
        }
    }

    [Fact]
    public async Task Completing_again_is_harmless()
    {
        var upload = Ok(await Store.StartUploadAsync(Key("file"), Soon));
        Ok(await upload.UploadPartAsync(1, Body(Bytes("content")), true, Soon));
        var first = Ok(await upload.CompleteAsync(1, Soon));
        var second = Ok(await upload.CompleteAsync(1, Soon));
        Assert.Equal((first.Size, first.Tag), (second.Size, second.Tag));
        Ok(await upload.AbortAsync(Soon));
        Assert.Equal("content", await TextAsync(Key("file")));
    }

    [Fact]
    public async Task An_aborted_upload_leaves_nothing()
    {
        var upload = Ok(await Store.StartUploadAsync(Key("file"), Soon));
        Ok(await upload.UploadPartAsync(1, Body(RandomBytes(PartSize)), false, Soon));
        Ok(await upload.AbortAsync(Soon));
        Ok(await upload.AbortAsync(Soon));
        Assert.False((await upload.UploadPartAsync(2, Body(Bytes("end")), true, Soon)).IsOk, "a part of an aborted upload was taken");
        Assert.False((await upload.CompleteAsync(1, Soon)).IsOk, "an aborted upload was completed");
        Fails(StorageErrorKind.NotFound, await Store.GetInfoAsync(Key("file"), Soon));
        Assert.Empty(await KeysAsync(Key("")));
        Assert.Empty(Ok(await Store.ListUploadsAsync(Key(""), Soon)));

        // An upload that never had a part.
        Ok(await Ok(await Store.StartUploadAsync(Key("file"), Soon)).AbortAsync(Soon));
    }

    [Fact]
    public async Task A_missing_part_makes_the_completion_fail()
    {
        if (Store.Limits.PartsInOrder)
        {
            return;
        }

        var upload = Ok(await Store.StartUploadAsync(Key("file"), Soon));
        Ok(await upload.UploadPartAsync(1, Body(RandomBytes(PartSize)), false, Soon));
        Ok(await upload.UploadPartAsync(3, Body(Bytes("end")), true, Soon));
        Fails(StorageErrorKind.InvalidArgument, await upload.CompleteAsync(3, Soon));
        Fails(StorageErrorKind.NotFound, await Store.GetInfoAsync(Key("file"), Soon));
        Ok(await upload.AbortAsync(Soon));
    }

    [Fact]
    public async Task Uploads_that_nobody_ended_are_listed_and_can_be_aborted()
    {
        string[] names = ["dir/a b+c", "dir/\u00FC&%41", "other/x"];
        var started = DateTimeOffset.UtcNow;
        foreach (var name in names)
        {
            var upload = Ok(await Store.StartUploadAsync(Key(name), Soon));
            Ok(await upload.UploadPartAsync(1, Body(RandomBytes(PartSize)), false, Soon));
        }

        // The process that started them died; this is another one.
        var other = await ReopenAsync();
        var found = Ok(await other.ListUploadsAsync(Key("dir/"), Soon));
        if (!ListsUploads)
        {
            Assert.Empty(found);
            return;
        }

        Assert.Equal(names.Where(name => name.StartsWith("dir/", StringComparison.Ordinal)).Select(Key).Order(StringComparer.Ordinal),
            found.Select(upload => upload.Key).Order(StringComparer.Ordinal));
        Assert.All(found, upload => Assert.InRange(upload.Started.ToDateTimeOffset(), started.AddHours(-1), started.AddHours(1)));
        foreach (var upload in found)
        {
            Ok(await other.AbortUploadAsync(upload, Soon));
            Ok(await other.AbortUploadAsync(upload, Soon));
        }

        Assert.Empty(Ok(await other.ListUploadsAsync(Key("dir/"), Soon)));
        Assert.Equal([Key("other/x")], Ok(await Store.ListUploadsAsync(Key(""), Soon)).Select(upload => upload.Key));
        Assert.Empty(await KeysAsync(Key("")));
        await other.CloseAsync(Soon);
    }

    [Fact]
    public async Task A_completed_upload_is_no_longer_listed()
    {
        await UploadAsync(Key("file"), RandomBytes(PartSize + 1));
        Assert.Empty(Ok(await Store.ListUploadsAsync(Key(""), Soon)));
    }
}
