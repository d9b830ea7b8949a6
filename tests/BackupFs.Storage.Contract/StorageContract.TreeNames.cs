using Xunit;

namespace BackupFs.Storage.Contract;

public abstract partial class StorageContract
{
    [Fact]
    public async Task Directories_are_made_listed_and_removed()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        var tree = handle.Tree;
        Assert.Equal(0x1C0, (await tree.CreateDirectoryAsync("d", new NewEntry(0x1C0), Soon)).Value.Mode);
        Fails(StorageErrorKind.AlreadyExists, await tree.CreateDirectoryAsync("d", PlainDirectory, Soon));
        Fails(StorageErrorKind.AlreadyExists, await tree.CreateDirectoryAsync("", PlainDirectory, Soon));
        Fails(StorageErrorKind.NotFound, await tree.CreateDirectoryAsync("x/y", PlainDirectory, Soon));
        await CreateAsync(tree, "d/f");
        Fails(StorageErrorKind.NotADirectory, await tree.CreateDirectoryAsync("d/f/x", PlainDirectory, Soon));
        Fails(StorageErrorKind.NotADirectory, await tree.ListAsync("d/f", Soon));
        Fails(StorageErrorKind.NotFound, await tree.ListAsync("x", Soon));
        var entry = Assert.Single((await tree.ListAsync("d", Soon)).Value);
        Assert.Equal(new DirectoryEntry("f", EntryType.File, (await StatAsync(tree, "d/f")).FileId), entry);
        Fails(StorageErrorKind.NotEmpty, await tree.RemoveDirectoryAsync("d", Soon));
        Fails(StorageErrorKind.NotADirectory, await tree.RemoveDirectoryAsync("d/f", Soon));
        Fails(StorageErrorKind.NotFound, await tree.RemoveDirectoryAsync("x", Soon));
        Fails(StorageErrorKind.IsADirectory, await tree.UnlinkAsync("d", Soon));
        Fails(StorageErrorKind.NotFound, await tree.UnlinkAsync("x", Soon));
        Assert.True((await tree.UnlinkAsync("d/f", Soon)).IsOk);
        Assert.True((await tree.RemoveDirectoryAsync("d", Soon)).IsOk);
        Assert.Empty(await ChildrenAsync(tree, ""));
    }

    [Fact]
    public async Task The_root_of_a_backup_can_be_neither_removed_nor_renamed()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        await CreateAsync(handle.Tree, "f");
        Assert.False((await handle.Tree.RemoveDirectoryAsync("", Soon)).IsOk);
        Assert.False((await handle.Tree.UnlinkAsync("", Soon)).IsOk);
        Assert.False((await handle.Tree.RenameAsync("", "x", RenameMode.Replace, Soon)).IsOk);
        Assert.False((await handle.Tree.RenameAsync("f", "", RenameMode.Replace, Soon)).IsOk);
        Assert.Equal(["f"], await ChildrenAsync(handle.Tree, ""));
    }

    [Fact]
    public async Task A_rename_keeps_the_file_and_replaces_what_was_there()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        var tree = handle.Tree;
        await CreateAsync(tree, "from", "new");
        await CreateAsync(tree, "to", "old");
        var id = (await StatAsync(tree, "from")).FileId;
        Assert.True((await tree.RenameAsync("from", "to", RenameMode.Replace, Soon)).IsOk);
        Assert.Equal(["to"], await ChildrenAsync(tree, ""));
        Assert.Equal(id, (await StatAsync(tree, "to")).FileId);
        Assert.True((await tree.RenameAsync("to", "to", RenameMode.Replace, Soon)).IsOk);
        Fails(StorageErrorKind.NotFound, await tree.RenameAsync("from", "to", RenameMode.Replace, Soon));
        Fails(StorageErrorKind.NotFound, await tree.RenameAsync("to", "none/to", RenameMode.Replace, Soon));
        await EndAsync(handle);
        using var found = await FindAsync("b");
        Assert.Equal("new", await TextAsync(found.Tree, "to"));
    }

    [Fact]
    public async Task A_file_renamed_while_it_is_written_is_stored_under_its_new_name()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        await using (var file = (await handle.Tree.CreateFileAsync("tmp", FileAccessMode.Write, Plain, Soon)).Value)
        {
            await file.WriteAsync(Bytes("one"), 0, Soon);
            Assert.True((await handle.Tree.RenameAsync("tmp", "final", RenameMode.Replace, Soon)).IsOk);
            await file.WriteAsync(Bytes("two"), 3, Soon);
        }

        await EndAsync(handle);
        Assert.Equal("onetwo", await TextAsync(handle.Tree, "final"));
        Assert.NotNull((await handle.ReadManifestAsync(Soon))!.FindChecksums("final"));
    }

    [Fact]
    public async Task A_directory_is_renamed_with_everything_in_it()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        var tree = handle.Tree;
        await AddAsync(handle, "d/e/f", Bytes("x"));
        await tree.CreateDirectoryAsync("empty", PlainDirectory, Soon);
        Assert.True((await tree.RenameAsync("d", "empty", RenameMode.Replace, Soon)).IsOk);
        Assert.Equal("x", await TextAsync(tree, "empty/e/f"));
        Assert.True((await tree.RenameAsync("empty/e", "up", RenameMode.NoReplace, Soon)).IsOk);
        await EndAsync(handle);
        using var found = await FindAsync("b");
        Assert.Equal(Bytes("x"), await ReadAsync(found, "up/f"));
        Assert.Equal(["empty", "up"], await ChildrenAsync(found.Tree, ""));
    }

    [Fact]
    public async Task Renames_that_make_no_sense_fail_as_POSIX_says()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        var tree = handle.Tree;
        await AddAsync(handle, "d/e/f", Bytes("x"));
        await AddAsync(handle, "full/f", Bytes("x"));
        await CreateAsync(tree, "file");
        Fails(StorageErrorKind.InvalidArgument, await tree.RenameAsync("d", "d/e/inside", RenameMode.Replace, Soon));
        Fails(StorageErrorKind.InvalidArgument, await tree.RenameAsync("d", "d/e", RenameMode.Replace, Soon));
        Fails(StorageErrorKind.NotEmpty, await tree.RenameAsync("d/e", "d", RenameMode.Replace, Soon));
        Fails(StorageErrorKind.NotEmpty, await tree.RenameAsync("d", "full", RenameMode.Replace, Soon));
        Fails(StorageErrorKind.IsADirectory, await tree.RenameAsync("file", "full", RenameMode.Replace, Soon));
        Fails(StorageErrorKind.NotADirectory, await tree.RenameAsync("d", "file", RenameMode.Replace, Soon));
        Fails(StorageErrorKind.NotADirectory, await tree.RenameAsync("file", "file/x", RenameMode.Replace, Soon));
        Fails(StorageErrorKind.AlreadyExists, await tree.RenameAsync("file", "full/f", RenameMode.NoReplace, Soon));
        Fails(StorageErrorKind.AlreadyExists, await tree.RenameAsync("d", "full", RenameMode.NoReplace, Soon));
        Assert.Equal(["d", "file", "full"], await ChildrenAsync(tree, ""));
    }

    [Fact]
    public async Task Two_entries_are_exchanged()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        var tree = handle.Tree;
        await AddAsync(handle, "d/f", Bytes("in d"));
        await CreateAsync(tree, "file", "file");
        Fails(StorageErrorKind.NotFound, await tree.RenameAsync("file", "none", RenameMode.Exchange, Soon));
        Fails(StorageErrorKind.InvalidArgument, await tree.RenameAsync("d", "d/f", RenameMode.Exchange, Soon));
        var exchanged = await tree.RenameAsync("d", "file", RenameMode.Exchange, Soon);
        if (!Storage.Capabilities.Rename && !exchanged.IsOk)
        {
            Fails(StorageErrorKind.Unsupported, exchanged);
            return;
        }

        Assert.True(exchanged.IsOk);
        await EndAsync(handle);
        Assert.Equal("file", await TextAsync(tree, "d"));
        Assert.Equal("in d", await TextAsync(tree, "file/f"));
    }

    [Fact]
    public async Task Hard_links_are_one_file()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        var tree = handle.Tree;
        await CreateAsync(tree, "b", "content");
        await tree.CreateDirectoryAsync("d", PlainDirectory, Soon);
        Assert.Equal(2u, (await tree.LinkAsync("b", "d/c", Soon)).Value.Links);
        Assert.Equal(3u, (await tree.LinkAsync("d/c", "a", Soon)).Value.Links);
        Assert.Equal((await StatAsync(tree, "b")).FileId, (await StatAsync(tree, "a")).FileId);
        Fails(StorageErrorKind.AlreadyExists, await tree.LinkAsync("b", "d/c", Soon));
        Fails(StorageErrorKind.NotFound, await tree.LinkAsync("none", "x", Soon));
        Fails(StorageErrorKind.NotPermitted, await tree.LinkAsync("d", "x", Soon));
        Assert.True((await tree.RenameAsync("a", "b", RenameMode.Replace, Soon)).IsOk);
        Assert.Equal(["a", "b", "d"], await ChildrenAsync(tree, ""));
        Assert.True((await tree.UnlinkAsync("b", Soon)).IsOk);
        Assert.Equal(2u, (await StatAsync(tree, "a")).Links);
        await EndAsync(handle);

        using var found = await FindAsync("b");
        Assert.Equal(Bytes("content"), await ReadAsync(found, "a"));
        Assert.Equal(Bytes("content"), await ReadAsync(found, "d/c"));
        Assert.Equal((await StatAsync(found.Tree, "a")).FileId, (await StatAsync(found.Tree, "d/c")).FileId);
        var manifest = (await found.ReadManifestAsync(Soon))!;
        Assert.Equal("a", manifest.Find("d/c")?.HardLinkTo);
        Assert.NotNull(manifest.Find("a")?.Checksums);
    }

    [Fact]
    public async Task Symbolic_links_keep_their_target_byte_for_byte()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        var tree = handle.Tree;
        var targets = new Dictionary<string, byte[]>
        {
            ["relative"] = Bytes("../x y"),
            ["bytes"] = [0xFF, 0xFE, (byte)'/', 1],
            ["long"] = Enumerable.Repeat((byte)'x', 4095).ToArray(),
        };
        foreach (var (name, target) in targets)
        {
            Assert.Equal(target.Length, (await tree.CreateSymbolicLinkAsync(name, target, Plain, Soon)).Value.Size);
        }

        Fails(StorageErrorKind.AlreadyExists, await tree.CreateSymbolicLinkAsync("bytes", Bytes("x"), Plain, Soon));
        Assert.False((await tree.CreateSymbolicLinkAsync("none", Array.Empty<byte>(), Plain, Soon)).IsOk);
        Assert.False((await tree.CreateSymbolicLinkAsync("zero", new byte[] { 1, 0 }, Plain, Soon)).IsOk);
        Fails(StorageErrorKind.InvalidArgument, await tree.ReadLinkAsync("", Soon));
        await EndAsync(handle);
        using var found = await FindAsync("b");
        foreach (var (name, target) in targets)
        {
            Assert.Equal(target, (await found.Tree.ReadLinkAsync(name, Soon)).Value);
            Assert.Equal(target, (await found.ReadManifestAsync(Soon))!.Find(name)?.Target);
        }
    }

    [Fact]
    public async Task Pipes_and_empty_files_can_be_made()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        var tree = handle.Tree;
        Assert.Equal(EntryType.Fifo, (await tree.CreateNodeAsync("pipe", EntryType.Fifo, 0, Plain, Soon)).Value.Type);
        Assert.Equal(EntryType.File, (await tree.CreateNodeAsync("file", EntryType.File, 0, Plain, Soon)).Value.Type);
        Fails(StorageErrorKind.AlreadyExists, await tree.CreateNodeAsync("file", EntryType.Fifo, 0, Plain, Soon));
        Assert.False((await tree.OpenFileAsync("pipe", FileAccessMode.Read, false, Soon)).IsOk);
        await EndAsync(handle);
        using var found = await FindAsync("b");
        Assert.Equal(EntryType.Fifo, (await StatAsync(found.Tree, "pipe")).Type);
        Assert.Equal(EntryType.Fifo, (await found.ReadManifestAsync(Soon))!.Find("pipe")?.Type);
        Assert.Empty(await ReadAsync(found, "file"));
    }
}
