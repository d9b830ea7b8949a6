using System.Buffers;
using Xunit;

namespace BackupFs.Storage.Objects.Contract;

public abstract partial class ObjectStoreContract
{
    /// <summary>Names that users have, or that go wrong in URLs, XML, headers and signatures.</summary>
    public static TheoryData<string> OddNames { get; } =
    [
        "with space", " leading and trailing ", "two  spaces", "a+b", "100%", "%2F", "%41%zz", "a&b", "<a>", "\"quoted\"", "it's", "a?b", "a#b",
        "a;b=c,d", "a:b@c", "a*b", "a|b", "a^b`c", "[a]{b}", "~tilde", "$HOME", "(a)!", "back\\slash", "..dots", "dots..", ".hidden", "a.",
        "ünïcödé", "e\u0301", "日本語.txt", "\U0001F5C4", "\uFFFD", "\u00A0", "a\u0301\u200Db", "-", "_", "MANIFEST", "0",
    ];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(3_000_001)]
    public async Task An_object_is_read_back_as_it_was_put(int size)
    {
        var content = RandomBytes(size);
        var put = await PutAsync(Key("file"), content);
        Assert.Equal((Key("file"), (long)size), (put.Key, put.Size));
        Same(content, await GetAsync(Key("file")));
    }

    [Fact]
    public async Task A_body_in_many_pieces_is_stored_whole()
    {
        var content = RandomBytes(100_000);
        Ok(await Store.PutAsync(Key("file"), Body(content, 333), PutCondition.None, Soon));
        Same(content, await GetAsync(Key("file")));
    }

    [Fact]
    public async Task The_information_tells_what_was_put()
    {
        var before = DateTimeOffset.UtcNow;
        var put = await PutAsync(Key("file"), "twelve bytes");
        var info = Ok(await Store.GetInfoAsync(Key("file"), Soon));
        Assert.Equal((Key("file"), 12L, put.Tag), (info.Key, info.Size, info.Tag));
        Assert.NotEqual("", info.Tag);

        // The server's clock may be another one, and may count whole seconds.
        Assert.InRange(info.Modified.ToDateTimeOffset(), before.AddHours(-1), before.AddHours(1));
    }

    [Fact]
    public async Task A_put_replaces_the_object_and_changes_its_tag()
    {
        var first = await PutAsync(Key("file"), "first");
        var second = await PutAsync(Key("file"), "second!");
        Assert.NotEqual(first.Tag, second.Tag);
        Assert.Equal(second.Tag, Ok(await Store.GetInfoAsync(Key("file"), Soon)).Tag);
        Assert.Equal("second!", await TextAsync(Key("file")));
    }

    [Theory]
    [InlineData(0, 10, 10)]
    [InlineData(5, 1, 1)]
    [InlineData(99_990, 10, 10)]
    [InlineData(99_990, 11, 10)]
    [InlineData(50_000, 1 << 20, 50_000)]
    [InlineData(99_999, 5, 1)]
    [InlineData(100_000, 5, 0)]
    [InlineData(100_001, 5, 0)]
    [InlineData(1L << 40, 5, 0)]
    [InlineData(7, 0, 0)]
    public async Task A_range_is_read_up_to_the_end(long offset, int length, int expected)
    {
        var content = RandomBytes(100_000);
        var tag = (await PutAsync(Key("file"), content)).Tag;
        foreach (var version in new[] { tag, null })
        {
            var buffer = new byte[length];
            var count = Ok(await Store.ReadAsync(Key("file"), version, offset, buffer, Soon));
            Assert.Equal(expected, count);
            Same(content.AsSpan((int)Math.Min(offset, content.Length), expected), buffer.AsSpan(0, count));
        }
    }

    [Fact]
    public async Task An_empty_object_has_nothing_to_read()
    {
        var info = await PutAsync(Key("file"), "");
        Assert.Equal(0, info.Size);
        Assert.Equal(0, Ok(await Store.ReadAsync(Key("file"), info.Tag, 0, new byte[10], Soon)));
        Assert.Equal(0, Ok(await Store.ReadAsync(Key("file"), null, 3, new byte[10], Soon)));
        Assert.Equal(0, Assert.Single(await ListAllAsync(Key(""))).Size);
    }

    [Fact]
    public async Task Another_version_than_the_one_asked_for_is_corrupt()
    {
        var first = await PutAsync(Key("file"), "first version");
        var second = await PutAsync(Key("file"), "second version");
        Fails(StorageErrorKind.Corrupt, await Store.ReadAsync(Key("file"), first.Tag, 0, new byte[5], Soon));
        Assert.Equal(5, Ok(await Store.ReadAsync(Key("file"), second.Tag, 0, new byte[5], Soon)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(5_000_001)]
    public async Task A_whole_object_is_read_at_once(int size)
    {
        var content = RandomBytes(size);
        var tag = (await PutAsync(Key("file"), content)).Tag;
        foreach (var version in new[] { tag, null })
        {
            var buffer = new byte[size];
            Assert.Equal(size, Ok(await Store.ReadWholeAsync(Key("file"), version, [buffer.AsMemory(0, size / 2), buffer.AsMemory(size / 2)], Soon)));
            Same(content, buffer);
        }
    }

    [Fact]
    public async Task A_whole_object_of_another_version_or_size_is_not_taken_for_the_one_asked_for()
    {
        var first = await PutAsync(Key("file"), "first version");
        var second = await PutAsync(Key("file"), "second version");
        Fails(StorageErrorKind.Corrupt, await Store.ReadWholeAsync(Key("file"), first.Tag, [new byte[13]], Soon));
        Fails(StorageErrorKind.NotFound, await Store.ReadWholeAsync(Key("never"), first.Tag, [new byte[13]], Soon));
        Fails(StorageErrorKind.NotFound, await Store.ReadWholeAsync(Key("never"), null, [new byte[13]], Soon));

        // Without a tag the size is all there is to tell by.
        Assert.Equal("second version".Length, Ok(await Store.ReadWholeAsync(Key("file"), null, [new byte[100]], Soon)));
        var buffer = new byte[6];
        Assert.Equal(6, Ok(await Store.ReadWholeAsync(Key("file"), second.Tag, [buffer], Soon)));
        Same("second"u8, buffer);
        var empty = await PutAsync(Key("empty"), "");
        Assert.Equal(0, Ok(await Store.ReadWholeAsync(Key("empty"), empty.Tag, [buffer], Soon)));
    }

    [Fact]
    public async Task What_does_not_exist_is_not_found()
    {
        var gone = await PutAsync(Key("gone"), "gone");
        Ok(await Store.DeleteAsync([Key("gone")], Soon));
        foreach (var key in new[] { Key("never"), Key("gone"), Key("gone/below") })
        {
            Fails(StorageErrorKind.NotFound, await Store.GetInfoAsync(key, Soon));
            Fails(StorageErrorKind.NotFound, await Store.ReadAsync(key, null, 0, new byte[1], Soon));
            Fails(StorageErrorKind.NotFound, await Store.ReadAsync(key, gone.Tag, 0, new byte[1], Soon));
            Fails(StorageErrorKind.NotFound, await Store.CopyAsync(key, Key("copy"), Soon));
        }

        Assert.Empty(await KeysAsync(Key("")));
    }

    [Theory]
    [MemberData(nameof(OddNames))]
    public async Task Odd_names_are_kept(string name)
    {
        var (key, other) = (Key($"dir/{name}/{name}"), Key($"dir/{name}/copy of {name}"));
        if (Refuses(name))
        {
            var fine = await PutAsync(Key("fine"), "fine");
            Fails(StorageErrorKind.InvalidName, await Store.PutAsync(key, Body(Bytes(name)), PutCondition.None, Soon));
            Fails(StorageErrorKind.InvalidName, await Store.CopyAsync(fine.Key, other, Soon));
            Fails(StorageErrorKind.InvalidName, await Store.StartUploadAsync(key, Soon));
            Fails(StorageErrorKind.NotFound, await Store.GetInfoAsync(key, Soon));
            Fails(StorageErrorKind.NotFound, await Store.ReadAsync(key, null, 0, new byte[1], Soon));
            Ok(await Store.DeleteAsync([key], Soon));
            Assert.Equal([fine.Key], await KeysAsync(Key("")));
            return;
        }

        var put = await PutAsync(key, name);
        Assert.Equal(key, put.Key);
        Assert.Equal(key, Ok(await Store.GetInfoAsync(key, Soon)).Key);
        Assert.Equal(name, await TextAsync(key));
        Assert.Equal(other, Ok(await Store.CopyAsync(key, other, Soon)).Key);

        var directories = Ok(await Store.ListAsync(new ObjectListing(Key("dir/"), ByDirectory: true), Soon));
        Assert.Equal([Key($"dir/{name}/")], directories.Directories);
        Assert.Empty(directories.Objects);
        var objects = Ok(await Store.ListAsync(new ObjectListing(Key($"dir/{name}/"), ByDirectory: true), Soon));
        Assert.Equal(new[] { key, other }.Order(StringComparer.Ordinal), objects.Objects.Select(info => info.Key));
        Assert.Equal(put.Tag, objects.Objects.Single(info => info.Key == key).Tag);

        Ok(await Store.DeleteAsync([key], Soon));
        Assert.Equal([other], await KeysAsync(Key($"dir/{name}/")));
        Assert.Equal(name, await TextAsync(other));
    }

    [Fact]
    public async Task Long_names_and_keys_are_kept()
    {
        var unicode = string.Concat(Enumerable.Repeat("ü", 127)) + "x";
        foreach (var key in new[] { Key(new string('n', 255)), Key(unicode), Key($"{new string('a', 255)}/{new string('b', 255)}/{new string('c', 255)}") })
        {
            await PutAsync(key, key);
            Assert.Equal(key, await TextAsync(key));
        }

        Assert.Equal(3, (await KeysAsync(Key(""))).Length);
    }

    [Fact]
    public async Task Names_that_look_alike_are_different_objects()
    {
        string[] names = ["name", "NAME", "\u00E9", "e\u0301", "a b", "a+b", "a%20b", "a/b", .. Store.Limits.ObjectsAreFiles ? [] : new[] { "a//b", "a" }];
        foreach (var name in names)
        {
            await PutAsync(Key(name), "content of " + name);
        }

        foreach (var name in names)
        {
            Assert.Equal("content of " + name, await TextAsync(Key(name)));
        }

        Assert.Equal(names.Length, (await KeysAsync(Key(""))).Length);
    }

    [Fact]
    public async Task Reads_run_beside_each_other()
    {
        var content = RandomBytes(2_000_000);
        var tag = (await PutAsync(Key("file"), content)).Tag;
        await Parallel.ForAsync(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Soon }, async (i, cancellation) =>
        {
            var buffer = new byte[50_000];
            var offset = i * 31_000;
            var count = Ok(await Store.ReadAsync(Key("file"), tag, offset, buffer, cancellation));
            Same(content.AsSpan(offset, Math.Min(buffer.Length, content.Length - offset)), buffer.AsSpan(0, count));
        });
    }

    [Fact]
    public async Task Another_client_sees_what_was_stored_and_a_closed_one_can_be_used_again()
    {
        await PutAsync(Key("file"), "stored");
        var other = await ReopenAsync();
        Assert.Equal(Bytes("stored"), await GetAsync(Key("file"), other));
        await other.CloseAsync(Soon);
        await other.CloseAsync(Soon);
        Assert.Equal(Bytes("stored"), await GetAsync(Key("file"), other));
        Ok(await other.PrepareAsync(Key("file"), Soon));
        await other.CloseAsync(Soon);
    }

    [Fact]
    public async Task A_cancelled_call_throws()
    {
        await PutAsync(Key("file"), "stored");
        var upload = Ok(await Store.StartUploadAsync(Key("upload"), Soon));
        var cancelled = new CancellationToken(canceled: true);
        var body = new ReadOnlySequence<byte>(new byte[10]);
        Func<Task>[] calls =
        [
            async () => await Store.ListAsync(new ObjectListing(Key("")), cancelled),
            async () => await Store.GetInfoAsync(Key("file"), cancelled),
            async () => await Store.ReadAsync(Key("file"), null, 0, new byte[3], cancelled),
            async () => await Store.PutAsync(Key("file"), body, PutCondition.None, cancelled),
            async () => await Store.CopyAsync(Key("file"), Key("copy"), cancelled),
            async () => await Store.DeleteAsync([Key("file")], cancelled),
            async () => await Store.StartUploadAsync(Key("other"), cancelled),
            async () => await Store.ListUploadsAsync(Key(""), cancelled),
            async () => await upload.UploadPartAsync(1, body, true, cancelled),
        ];
        foreach (var call in calls)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(call);
        }

        Assert.Equal("stored", await TextAsync(Key("file")));
        Assert.Equal([Key("file")], await KeysAsync(Key("")));
        Ok(await upload.AbortAsync(Soon));
    }

    [Fact]
    public async Task A_read_that_is_cancelled_in_its_middle_ends_and_the_store_goes_on()
    {
        const int Size = 48 << 20;
        var content = new byte[Size];
        Array.Fill(content, (byte)7);
        await PutAsync(Key("file"), content);
        for (var round = 0; round < 3; round++)
        {
            var buffer = new byte[Size];
            using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Soon);
            var read = Task.Run(async () => await Store.ReadAsync(Key("file"), null, 0, buffer, cancellation.Token));
            while (Volatile.Read(ref buffer[0]) == 0 && !read.IsCompleted)
            {
                await Task.Yield();
            }

            await cancellation.CancelAsync();
            try
            {
                // It may have been faster than we are; then it is all there.
                Assert.Equal(Size, Ok(await read));
                Assert.True(buffer.AsSpan().SequenceEqual(content));
            }
            catch (OperationCanceledException)
            {
                Assert.True(cancellation.IsCancellationRequested && !Soon.IsCancellationRequested);
            }
        }

        Assert.Equal(1, Ok(await Store.ReadAsync(Key("file"), null, Size - 1, new byte[5], Soon)));
    }
}
