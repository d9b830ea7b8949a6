using Xunit;

namespace BackupFs.Storage.Contract;

public abstract partial class StorageContract
{
    [Theory]
    [InlineData(1_000_000_000L, 123_456_789u)]
    [InlineData(0L, 1u)]
    [InlineData(-1_000_000L, 999_999_999u)]
    public async Task Modes_and_times_are_kept_exactly(long seconds, uint nanoseconds)
    {
        var time = new Timestamp(seconds, nanoseconds);
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        var tree = handle.Tree;
        await CreateAsync(tree, "f", "x");
        await tree.CreateDirectoryAsync("d", PlainDirectory, Soon);
        foreach (var (path, mode) in new[] { ("f", 0x180), ("d", 0x1C0), ("", 0x1E8) })
        {
            var changed = (await tree.SetAttributesAsync(path, new EntryChanges { Mode = mode, ModifyTime = time, AccessTime = time }, Soon)).Value;
            Assert.Equal((mode, time), (changed.Mode, changed.ModifyTime));
        }

        await EndAsync(handle);
        using var found = await FindAsync("b");
        foreach (var (path, mode) in new[] { ("f", 0x180), ("d", 0x1C0), ("", 0x1E8) })
        {
            var attributes = await StatAsync(found.Tree, path);
            Assert.Equal((mode, time), (attributes.Mode, attributes.ModifyTime));
            var entry = (await found.ReadManifestAsync(Soon))!.Find(path)!;
            Assert.Equal((mode, time, attributes.UserId, attributes.GroupId), (entry.Mode, entry.ModifyTime, entry.UserId, entry.GroupId));
        }

        Fails(StorageErrorKind.NotFound, await tree.GetAttributesAsync("none", Soon));
    }

    [Fact]
    public async Task What_is_written_moves_the_modification_time_and_what_is_set_last_stays()
    {
        var time = new Timestamp(1_000_000_000, 5);
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        await using (var file = (await handle.Tree.CreateFileAsync("f", FileAccessMode.Write, Plain, Soon)).Value)
        {
            await file.SetAttributesAsync(new EntryChanges { ModifyTime = time }, Soon);
            await file.WriteAsync(Bytes("x"), 0, Soon);
            Assert.NotEqual(time, (await file.GetAttributesAsync(Soon)).Value.ModifyTime);
            await file.SetAttributesAsync(new EntryChanges { ModifyTime = time }, Soon);
        }

        await EndAsync(handle);
        Assert.Equal(time, (await StatAsync(handle.Tree, "f")).ModifyTime);
    }

    [Fact]
    public async Task Only_files_have_a_size_to_set()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        await handle.Tree.CreateDirectoryAsync("d", PlainDirectory, Soon);
        Fails(StorageErrorKind.IsADirectory, await handle.Tree.SetAttributesAsync("d", new EntryChanges { Size = 1 }, Soon));
        Fails(StorageErrorKind.NotFound, await handle.Tree.SetAttributesAsync("none", new EntryChanges { Mode = 1 }, Soon));
    }

    [Fact]
    public async Task Extended_attributes_are_kept_or_said_to_be_unsupported()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        var tree = handle.Tree;
        await CreateAsync(tree, "f");
        var value = new byte[] { 0, 255, 1 };
        var set = await tree.SetExtendedAttributeAsync("f", "user.test", value, AttributeSetMode.CreateOrReplace, Soon);
        if (!set.IsOk)
        {
            Fails(StorageErrorKind.Unsupported, set);
            return;
        }

        Fails(StorageErrorKind.NoAttribute, await tree.GetExtendedAttributeAsync("f", "user.none", Soon));
        Fails(StorageErrorKind.AlreadyExists, await tree.SetExtendedAttributeAsync("f", "user.test", value, AttributeSetMode.Create, Soon));
        Fails(StorageErrorKind.NoAttribute, await tree.SetExtendedAttributeAsync("f", "user.none", value, AttributeSetMode.Replace, Soon));
        Fails(StorageErrorKind.NoAttribute, await tree.RemoveExtendedAttributeAsync("f", "user.none", Soon));
        Fails(StorageErrorKind.Unsupported, await tree.SetExtendedAttributeAsync("f", "nonsense", value, AttributeSetMode.CreateOrReplace, Soon));
        Fails(StorageErrorKind.NotFound, await tree.GetExtendedAttributeAsync("none", "user.test", Soon));
        Assert.True((await tree.SetExtendedAttributeAsync("f", "user.empty", Array.Empty<byte>(), AttributeSetMode.Create, Soon)).IsOk);
        Assert.True((await tree.SetExtendedAttributeAsync("f", "user.gone", value, AttributeSetMode.Create, Soon)).IsOk);
        Assert.True((await tree.RemoveExtendedAttributeAsync("f", "user.gone", Soon)).IsOk);
        Assert.True((await tree.SetExtendedAttributeAsync("", "user.root", value, AttributeSetMode.Create, Soon)).IsOk);
        await EndAsync(handle);

        using var found = await FindAsync("b");
        Assert.Equal(value, (await found.Tree.GetExtendedAttributeAsync("f", "user.test", Soon)).Value);
        Assert.Empty((await found.Tree.GetExtendedAttributeAsync("f", "user.empty", Soon)).Value);
        Assert.Equal(value, (await found.Tree.GetExtendedAttributeAsync("", "user.root", Soon)).Value);
        var names = (await found.Tree.ListExtendedAttributesAsync("f", Soon)).Value;
        Assert.Equal(["user.empty", "user.test"], names.Where(name => name.StartsWith("user.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(value, (await found.ReadManifestAsync(Soon))!.Find("f")!.ExtendedAttributes!["user.test"]);
    }
}
