using Xunit;

namespace BackupFs.Storage.Contract;

public abstract partial class StorageContract
{
    [Fact]
    public async Task A_new_file_is_there_at_once_and_only_once()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        var tree = handle.Tree;
        await using var file = (await tree.CreateFileAsync("f", FileAccessMode.ReadWrite, new NewEntry(0x180), Soon)).Value;
        Assert.Equal(FileAccessMode.ReadWrite, file.Access);
        Assert.Equal(Storage.Capabilities.LocalDescriptors, file.LocalDescriptor is not null);
        var attributes = await StatAsync(tree, "f");
        Assert.Equal((EntryType.File, 0x180, 1u, 0L), (attributes.Type, attributes.Mode, attributes.Links, attributes.Size));
        Assert.NotEqual(0UL, attributes.FileId);
        Assert.Equal(attributes.FileId, (await file.GetAttributesAsync(Soon)).Value.FileId);
        Fails(StorageErrorKind.AlreadyExists, await tree.CreateFileAsync("f", FileAccessMode.Write, Plain, Soon));
        Fails(StorageErrorKind.AlreadyExists, await tree.CreateFileAsync("", FileAccessMode.Write, Plain, Soon));
        Fails(StorageErrorKind.NotFound, await tree.CreateFileAsync("d/f", FileAccessMode.Write, Plain, Soon));
        Fails(StorageErrorKind.NotADirectory, await tree.CreateFileAsync("f/g", FileAccessMode.Write, Plain, Soon));
    }

    [Fact]
    public async Task Opening_what_is_no_file_fails()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        var tree = handle.Tree;
        await tree.CreateDirectoryAsync("d", PlainDirectory, Soon);
        await CreateAsync(tree, "f");
        await tree.CreateSymbolicLinkAsync("l", Bytes("f"), Plain, Soon);
        Fails(StorageErrorKind.NotFound, await tree.OpenFileAsync("none", FileAccessMode.Read, false, Soon));
        Fails(StorageErrorKind.IsADirectory, await tree.OpenFileAsync("d", FileAccessMode.Write, false, Soon));
        Fails(StorageErrorKind.NotADirectory, await tree.OpenFileAsync("f/x", FileAccessMode.Read, false, Soon));
        Assert.False((await tree.OpenFileAsync("l", FileAccessMode.Read, false, Soon)).IsOk);
    }

    [Fact]
    public async Task Symbolic_links_are_never_followed()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        var tree = handle.Tree;
        await tree.CreateSymbolicLinkAsync("up", Bytes(".."), Plain, Soon);
        await tree.CreateSymbolicLinkAsync("root", Bytes("/"), Plain, Soon);
        foreach (var path in new[] { "up/x", "root/etc" })
        {
            Fails(StorageErrorKind.NotADirectory, await tree.GetAttributesAsync(path, Soon));
            Fails(StorageErrorKind.NotADirectory, await tree.CreateFileAsync(path, FileAccessMode.Write, Plain, Soon));
            Fails(StorageErrorKind.NotADirectory, await tree.CreateDirectoryAsync(path, PlainDirectory, Soon));
            Fails(StorageErrorKind.NotADirectory, await tree.UnlinkAsync(path, Soon));
            await ThrowsAsync(StorageErrorKind.NotADirectory, async () => await handle.AddFileAsync(path, -1, Soon));
        }

        Fails(StorageErrorKind.NotADirectory, await tree.ListAsync("root", Soon));
        Assert.Equal(EntryType.SymbolicLink, (await StatAsync(tree, "root")).Type);
    }

    [Fact]
    public async Task Writes_in_any_order_are_what_is_stored()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        await using (var file = (await handle.Tree.CreateFileAsync("f", FileAccessMode.ReadWrite, Plain, Soon)).Value)
        {
            Assert.Equal(3, (await file.WriteAsync(Bytes("abc"), 0, Soon)).Value);
            var far = await file.WriteAsync(Bytes("xyz"), 10, Soon);
            if (!Storage.Capabilities.RandomWrites)
            {
                Fails(StorageErrorKind.Unsupported, far);
                return;
            }

            Assert.Equal(3, far.Value);
            await file.WriteAsync(Bytes("BC"), 1, Soon);
            await file.WriteAsync(Bytes("12"), 5, Soon);
            var buffer = new byte[20];
            Assert.Equal(13, (await file.ReadAsync(buffer, 0, Soon)).Value);
            Assert.Equal(Bytes("aBC\0\012\0\0\0xyz"), buffer[..13]);
            Assert.Equal(3, (await file.ReadAsync(buffer, 10, Soon)).Value);
            Assert.Equal(0, (await file.ReadAsync(buffer, 13, Soon)).Value);
            Assert.Equal(0, (await file.ReadAsync(buffer, 1000, Soon)).Value);
            Fails(StorageErrorKind.InvalidArgument, await file.ReadAsync(buffer, -1, Soon));
            Fails(StorageErrorKind.InvalidArgument, await file.WriteAsync(buffer, -1, Soon));
        }

        await EndAsync(handle);
        Assert.Equal("aBC\0\012\0\0\0xyz", await TextAsync(handle.Tree, "f"));
    }

    [Fact]
    public async Task A_file_is_opened_again_and_changed()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        await CreateAsync(handle.Tree, "f", "0123456789");
        var again = await handle.Tree.OpenFileAsync("f", FileAccessMode.ReadWrite, truncate: false, Soon);
        if (!Storage.Capabilities.RandomWrites && !again.IsOk)
        {
            Fails(StorageErrorKind.Unsupported, again);
            return;
        }

        await using (var file = again.Value)
        {
            await file.WriteAsync(Bytes("XY"), 4, Soon);
            Assert.Equal(8, (await file.SetAttributesAsync(new EntryChanges { Size = 8 }, Soon)).Value.Size);
            Assert.Equal(11, (await file.SetAttributesAsync(new EntryChanges { Size = 11 }, Soon)).Value.Size);
            Fails(StorageErrorKind.InvalidArgument, await file.SetAttributesAsync(new EntryChanges { Size = -1 }, Soon));
        }

        Assert.Equal(10, (await handle.Tree.SetAttributesAsync("f", new EntryChanges { Size = 10 }, Soon)).Value.Size);
        await EndAsync(handle);
        using var found = await FindAsync("b");
        Assert.Equal("0123XY67\0\0", await TextAsync(found.Tree, "f"));
    }

    [Fact]
    public async Task A_truncating_open_empties_the_file()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        await CreateAsync(handle.Tree, "f", "0123456789");
        await using (var file = (await handle.Tree.OpenFileAsync("f", FileAccessMode.Write, truncate: true, Soon)).Value)
        {
            Assert.Equal(0, (await file.GetAttributesAsync(Soon)).Value.Size);
            await file.WriteAsync(Bytes("ab"), 0, Soon);
        }

        await EndAsync(handle);
        Assert.Equal("ab", await TextAsync(handle.Tree, "f"));
    }

    [Fact]
    public async Task Zero_filled_and_rewritten_segments_keep_the_last_content()
    {
        if (!Storage.Capabilities.RandomWrites)
        {
            return;
        }

        const int Size = 4 << 20;
        var content = RandomBytes(Size);
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        await using (var file = (await handle.Tree.CreateFileAsync("wal", FileAccessMode.Write, Plain, Soon)).Value)
        {
            var zeros = new byte[64 * 1024];
            for (var offset = 0; offset < Size; offset += zeros.Length)
            {
                await file.WriteAsync(zeros, offset, Soon);
            }

            await Parallel.ForEachAsync(Enumerable.Range(0, Size / 65536), async (part, _) =>
                Assert.Equal(65536, (await file.WriteAsync(content.AsMemory(part * 65536, 65536), part * 65536, Soon)).Value));
            Assert.True((await file.SyncAsync(dataOnly: false, Soon)).IsOk);
        }

        await EndAsync(handle);
        using var found = await FindAsync("b");
        Assert.Equal(content, await ReadAsync(found, "wal"));
    }

    [Fact]
    public async Task Flush_and_sync_can_be_called_many_times()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        await using (var file = (await handle.Tree.CreateFileAsync("f", FileAccessMode.Write, Plain, Soon)).Value)
        {
            await file.WriteAsync(Bytes("x"), 0, Soon);
            for (var i = 0; i < 3; i++)
            {
                Assert.True((await file.FlushAsync(Soon)).IsOk);
                Assert.True((await file.SyncAsync(dataOnly: i == 1, Soon)).IsOk);
            }
        }

        Assert.True((await handle.Tree.SyncDirectoryAsync("", Soon)).IsOk);
        Fails(StorageErrorKind.NotFound, await handle.Tree.SyncDirectoryAsync("none", Soon));
        Fails(StorageErrorKind.NotADirectory, await handle.Tree.SyncDirectoryAsync("f", Soon));
    }

    [Fact]
    public async Task An_unlinked_file_lives_until_it_is_closed()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        var file = (await handle.Tree.CreateFileAsync("f", FileAccessMode.ReadWrite, Plain, Soon)).Value;
        await file.WriteAsync(Bytes("x"), 0, Soon);
        Assert.True((await handle.Tree.UnlinkAsync("f", Soon)).IsOk);
        Fails(StorageErrorKind.NotFound, await handle.Tree.GetAttributesAsync("f", Soon));
        Assert.Equal(1, (await file.ReadAsync(new byte[1], 0, Soon)).Value);
        Assert.Equal(1, (await file.GetAttributesAsync(Soon)).Value.Size);
        await file.DisposeAsync();
        await EndAsync(handle);
        Assert.Empty(await ChildrenAsync(handle.Tree, ""));
    }

    [Fact]
    public async Task A_file_without_a_name_appears_when_it_is_linked_and_else_never()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        var tree = handle.Tree;
        await tree.CreateDirectoryAsync("d", PlainDirectory, Soon);
        var lost = await tree.CreateUnnamedFileAsync("d", FileAccessMode.Write, Plain, Soon);
        if (lost.Error?.Kind == StorageErrorKind.Unsupported)
        {
            Assert.False(Storage.Capabilities.LocalDescriptors);
            return;
        }

        await lost.Value.DisposeAsync();
        await using (var file = (await tree.CreateUnnamedFileAsync("d", FileAccessMode.ReadWrite, Plain, Soon)).Value)
        {
            await file.WriteAsync(Bytes("x"), 0, Soon);
            Assert.Empty(await ChildrenAsync(tree, "d"));
            await CreateAsync(tree, "taken");
            Fails(StorageErrorKind.AlreadyExists, await tree.LinkUnnamedFileAsync(file, "taken", Soon));
            Assert.True((await tree.LinkUnnamedFileAsync(file, "d/f", Soon)).IsOk);
        }

        Fails(StorageErrorKind.NotFound, await tree.CreateUnnamedFileAsync("none", FileAccessMode.Write, Plain, Soon));
        await EndAsync(handle);
        Assert.Equal(["f"], await ChildrenAsync(tree, "d"));
        Assert.Equal("x", await TextAsync(tree, "d/f"));
    }

    [Fact]
    public async Task Holes_are_found_and_punched_or_said_to_be_unsupported()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        await using var file = (await handle.Tree.CreateFileAsync("f", FileAccessMode.ReadWrite, Plain, Soon)).Value;
        if (!Storage.Capabilities.RandomWrites)
        {
            Fails(StorageErrorKind.Unsupported, await file.AllocateAsync(AllocateMode.PunchHole, 0, 1, Soon));
            return;
        }

        const int Size = 1 << 20;
        await file.WriteAsync(RandomBytes(Size), 0, Soon);
        Fails(StorageErrorKind.NoSuchOffset, await file.SeekAsync(SeekTarget.Data, Size, Soon));
        Fails(StorageErrorKind.NoSuchOffset, await file.SeekAsync(SeekTarget.Hole, Size + 1, Soon));
        Assert.Equal(0, (await file.SeekAsync(SeekTarget.Data, 0, Soon)).Value);
        Assert.Equal(Size, (await file.SeekAsync(SeekTarget.Hole, 0, Soon)).Value);
        Fails(StorageErrorKind.InvalidArgument, await file.AllocateAsync(AllocateMode.Extend, 0, 0, Soon));
        var punched = await file.AllocateAsync(AllocateMode.PunchHole, 0, Size / 2, Soon);
        if (!punched.IsOk)
        {
            Fails(StorageErrorKind.Unsupported, punched);
            return;
        }

        Assert.Equal(Size, (await file.GetAttributesAsync(Soon)).Value.Size);
        Assert.Equal(0, (await file.SeekAsync(SeekTarget.Hole, 0, Soon)).Value);
        Assert.Equal(Size / 2, (await file.SeekAsync(SeekTarget.Data, 0, Soon)).Value);
        var buffer = new byte[Size];
        Assert.Equal(Size, (await file.ReadAsync(buffer, 0, Soon)).Value);
        Assert.Equal(-1, buffer.AsSpan(0, Size / 2).IndexOfAnyExcept((byte)0));
        Assert.True((await file.AllocateAsync(AllocateMode.Extend, Size, 100, Soon)).IsOk);
        Assert.Equal(Size + 100, (await file.GetAttributesAsync(Soon)).Value.Size);
        Assert.True((await file.AllocateAsync(AllocateMode.KeepSize, Size, 5000, Soon)).IsOk);
        Assert.Equal(Size + 100, (await file.GetAttributesAsync(Soon)).Value.Size);
    }

    [Fact]
    public async Task A_range_is_copied_within_the_storage_or_said_to_be_unsupported()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        await CreateAsync(handle.Tree, "from", "0123456789");
        await using var from = (await handle.Tree.OpenFileAsync("from", FileAccessMode.Read, false, Soon)).Value;
        await using var to = (await handle.Tree.CreateFileAsync("to", FileAccessMode.ReadWrite, Plain, Soon)).Value;
        var copied = await from.CopyRangeAsync(2, to, 0, 5, Soon);
        if (!copied.IsOk)
        {
            Fails(StorageErrorKind.Unsupported, copied);
            return;
        }

        Assert.InRange(copied.Value, 1, 5);
        var buffer = new byte[10];
        Assert.Equal(copied.Value, (await to.ReadAsync(buffer, 0, Soon)).Value);
        Assert.Equal(Bytes("23456")[..(int)copied.Value], buffer[..(int)copied.Value]);
        Assert.Equal(0, (await from.CopyRangeAsync(10, to, 0, 5, Soon)).Value);
    }
}
