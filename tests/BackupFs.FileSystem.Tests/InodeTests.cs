namespace BackupFs.FileSystem.Tests;

/// <summary>Inodes: who keeps them, what they are called, and what of them lives on without a name.</summary>
public sealed class InodeTests
{
    [Fact]
    public async Task Every_lookup_is_one_reference_and_the_last_one_forgets()
    {
        await using var mount = await TestMount.CompleteAsync();
        Assert.Equal(1, mount.Fs.Inodes.Count);
        var file = (await mount.LookupAsync("d/b/sub/file")).Value.Inode;
        var again = (await mount.LookupAsync("d/b/sub/file")).Value.Inode;

        Assert.Same(file, again);
        Assert.Equal(5, mount.Fs.Inodes.Count);
        mount.Fs.Forget(file, 1);
        Assert.True(mount.Fs.Inodes.TryGet(file.Number, out _));
        mount.Fs.Forget(file, 1);
        Assert.False(mount.Fs.Inodes.TryGet(file.Number, out _));
        Assert.Equal(1, mount.Fs.Inodes.Count);
    }

    [Fact]
    public async Task Handles_keep_their_inode_and_those_above()
    {
        await using var mount = await TestMount.CompleteAsync();
        var file = (await mount.OpenAsync("d/b/sub/file", FileAccessMode.Read)).Value;
        var directory = await mount.WithAsync("d/b/sub", inode => Task.FromResult(mount.Fs.Opendir(inode).Value));

        Assert.Equal(5, mount.Fs.Inodes.Count);
        Assert.Equal("deep", await mount.ReadAndCloseAsync(file));
        Assert.Equal(4, mount.Fs.Inodes.Count);
        mount.Fs.Releasedir(directory);
        Assert.Equal(1, mount.Fs.Inodes.Count);
    }

    [Fact]
    public async Task Numbers_are_never_used_again_and_the_root_is_1_for_ever()
    {
        await using var mount = await TestMount.CompleteAsync();
        var first = await mount.WithAsync("d/b/file", inode => Task.FromResult(inode.Number));
        var second = await mount.WithAsync("d/b/file", inode => Task.FromResult(inode.Number));

        Assert.NotEqual(first, second);
        mount.Fs.Forget(mount.Fs.Inodes.Root, 1000);
        Assert.Equal(1UL, mount.Fs.Inodes.Root.Number);
        Assert.True(mount.Fs.Inodes.TryGet(1, out _));
    }

    [Fact]
    public async Task Nothing_leaks_after_a_whole_life()
    {
        await using var mount = await TestMount.BegunAsync(new FileSystemOptions { AllowRemove = true });
        await mount.WriteFileAsync("d/b/file", "x");
        await mount.MkdirAsync("d/b/sub");
        await mount.LinkAsync("d/b/file", "d/b/sub/link");
        await mount.RenameAsync("d/b/sub", "d/b/moved");
        await mount.RenameAsync("d/b/moved/link", "d/b/link");
        await mount.UnlinkAsync("d/b/file");
        await mount.EndAsync("d/b");
        await mount.ListAsync("d/b");
        await mount.SetAsync("d", ControlAttributes.Remove, "b");
        await mount.RmdirAsync("d");

        Assert.Equal(1, mount.Fs.Inodes.Count);
        Assert.True(mount.Fs.HasNothingInHand);
    }

    [Fact]
    public async Task Failures_leak_nothing()
    {
        await using var mount = await TestMount.CompleteAsync();
        await mount.ExistsAsync("d/b/missing");
        await mount.ExistsAsync("d/missing/x");
        await mount.RenameAsync("d/b", "d/c");
        await mount.RmdirAsync("d/b");
        await mount.SetAsync("d", ControlAttributes.Remove, "b");
        await mount.OpenAsync("d/b/file", FileAccessMode.Write);
        await mount.WriteFileAsync("d/b/file", "x");
        await mount.MkdirAsync("d/b");

        Assert.Equal(1, mount.Fs.Inodes.Count);
        Assert.True(mount.Fs.HasNothingInHand);
    }

    [Fact]
    public async Task A_stored_backup_that_was_replaced_behind_our_back_is_a_new_one()
    {
        await using var mount = await TestMount.CompleteAsync();
        var old = (await mount.LookupAsync("d/b")).Value.Inode;
        var elsewhere = new MemoryStorage(mount.Store);
        await elsewhere.RemoveBackupAsync("d", "b", CancellationToken.None);
        mount.Store.PlantForeign("d", "b", new Dictionary<string, byte[]> { ["other"] = [1] });

        var found = (await mount.LookupAsync("d/b")).Value.Inode;

        Assert.NotSame(old, found);
        Assert.Equal(["other"], await mount.ListAsync("d/b"));
        mount.Fs.Forget(old, 1);
        mount.Fs.Forget(found, 1);
        Assert.True(mount.Fs.HasNothingInHand);
    }

    [Fact]
    public async Task Hard_links_share_an_inode_and_survive_each_other()
    {
        await using var mount = await TestMount.BegunAsync();
        await mount.MkdirAsync("d/b/one");
        await mount.MkdirAsync("d/b/two");
        await mount.WriteFileAsync("d/b/one/file", "content");
        Assert.Equal(FsError.None, await mount.LinkAsync("d/b/one/file", "d/b/two/link"));
        var file = (await mount.LookupAsync("d/b/one/file")).Value.Inode;
        var link = (await mount.LookupAsync("d/b/two/link")).Value.Inode;
        Assert.Same(file, link);
        Assert.Equal(2u, (await mount.StatAsync("d/b/one/file")).Value.Links);

        await mount.UnlinkAsync("d/b/two/link");
        Assert.Equal(1u, (await AttributesAsync(mount, file)).Value.Links);
        await mount.LinkAsync("d/b/one/file", "d/b/two/again");
        await mount.UnlinkAsync("d/b/one/file");
        Assert.Equal(1u, (await AttributesAsync(mount, file)).Value.Links);
        Assert.Equal("content", await mount.ReadFileAsync("d/b/two/again"));
        mount.Fs.Forget(file, 2);
        Assert.Equal(1, mount.Fs.Inodes.Count);
    }

    [Fact]
    public async Task A_hard_link_in_a_directory_that_was_forgotten_and_renamed_is_not_reached_by_its_old_path()
    {
        await using var mount = await TestMount.BegunAsync();
        await mount.MkdirAsync("d/b/one");
        await mount.MkdirAsync("d/b/two");
        await mount.WriteFileAsync("d/b/one/file", "content");
        await mount.LinkAsync("d/b/one/file", "d/b/two/link");
        var file = (await mount.LookupAsync("d/b/one/file")).Value.Inode;
        mount.Fs.Forget((await mount.LookupAsync("d/b/two/link")).Value.Inode, 1);

        await mount.RenameAsync("d/b/one", "d/b/renamed");
        await mount.MkdirAsync("d/b/one");
        await mount.WriteFileAsync("d/b/one/file", "another");
        Assert.Equal(2u, (await AttributesAsync(mount, file)).Value.Links);

        await mount.UnlinkAsync("d/b/two/link");
        var left = await AttributesAsync(mount, file);
        Assert.True(left.Error == FsError.Stale || left.Value.FileId == ((EntryInode)file).Backup.ShownNumber(((EntryInode)file).FileId), "another file was reached");
        Assert.Same(file, (await mount.LookupAsync("d/b/renamed/file")).Value.Inode);
        Assert.Equal(1u, (await AttributesAsync(mount, file)).Value.Links);
        mount.Fs.Forget(file, 2);
    }

    [Fact]
    public async Task A_renamed_directory_keeps_its_descendants_inodes_and_their_paths_are_right()
    {
        await using var mount = await TestMount.BegunAsync();
        await mount.MkdirAsync("d/b/top");
        await mount.MkdirAsync("d/b/top/deep");
        await mount.MkdirAsync("d/b/other");
        await mount.WriteFileAsync("d/b/top/deep/file", "content");
        var file = (await mount.LookupAsync("d/b/top/deep/file")).Value.Inode;
        var deep = (await mount.LookupAsync("d/b/top/deep")).Value.Inode;
        await AttributesAsync(mount, file);

        Assert.Equal(FsError.None, await mount.RenameAsync("d/b/top", "d/b/other/moved"));
        await mount.MkdirAsync("d/b/top");

        Assert.True((await AttributesAsync(mount, file)).IsOk);
        Assert.Same(file, (await mount.LookupAsync("d/b/other/moved/deep/file")).Value.Inode);
        var created = await mount.Fs.MkdirAsync(deep, "new", new NewEntry(0x1ED), TestMount.Nobody, CancellationToken.None);
        mount.Fs.Forget(created.Value.Inode, 1);
        Assert.Equal(["file", "new"], await mount.ListAsync("d/b/other/moved/deep"));
        Assert.Empty(await mount.ListAsync("d/b/top"));
        mount.Fs.Forget(file, 2);
        mount.Fs.Forget(deep, 1);
        Assert.Equal(1, mount.Fs.Inodes.Count);
    }

    [Fact]
    public async Task Exchanged_directories_swap_what_is_below_them()
    {
        await using var mount = await TestMount.BegunAsync();
        foreach (var name in new[] { "one", "two" })
        {
            await mount.MkdirAsync($"d/b/{name}");
            await mount.WriteFileAsync($"d/b/{name}/file", name);
        }

        var one = (await mount.LookupAsync("d/b/one/file")).Value.Inode;
        var two = (await mount.LookupAsync("d/b/two/file")).Value.Inode;

        Assert.Equal(FsError.None, await mount.RenameAsync("d/b/one", "d/b/two", RenameMode.Exchange));

        Assert.Equal("two", await mount.ReadFileAsync("d/b/one/file"));
        Assert.Same(two, (await mount.LookupAsync("d/b/one/file")).Value.Inode);
        var opened = (await mount.Fs.OpenAsync(one, FileAccessMode.Read, false, TestMount.Nobody, CancellationToken.None)).Value;
        Assert.Equal("one", await mount.ReadAndCloseAsync(opened));
        mount.Fs.Forget(one, 1);
        mount.Fs.Forget(two, 2);
        Assert.Equal(1, mount.Fs.Inodes.Count);
    }

    [Fact]
    public async Task An_exchange_of_two_files_swaps_their_names()
    {
        await using var mount = await TestMount.BegunAsync();
        await mount.MkdirAsync("d/b/sub");
        await mount.WriteFileAsync("d/b/one", "one");
        await mount.WriteFileAsync("d/b/sub/two", "two");
        var one = (await mount.LookupAsync("d/b/one")).Value.Inode;

        Assert.Equal(FsError.None, await mount.RenameAsync("d/b/one", "d/b/sub/two", RenameMode.Exchange));
        Assert.Equal(FsError.NotFound, await mount.RenameAsync("d/b/one", "d/b/missing", RenameMode.Exchange));
        Assert.Equal(FsError.AlreadyExists, await mount.RenameAsync("d/b/one", "d/b/sub/two", RenameMode.NoReplace));

        Assert.Equal("two", await mount.ReadFileAsync("d/b/one"));
        Assert.Equal("one", await mount.ReadFileAsync("d/b/sub/two"));
        Assert.Same(one, (await mount.LookupAsync("d/b/sub/two")).Value.Inode);
        mount.Fs.Forget(one, 2);
        Assert.Equal(1, mount.Fs.Inodes.Count);
    }

    [Fact]
    public async Task An_unlinked_file_works_through_its_handle()
    {
        await using var mount = await TestMount.BegunAsync();
        var file = (await mount.CreateAsync("d/b/file")).Value;
        await mount.WriteAsync(file, "content");
        await mount.UnlinkAsync("d/b/file");
        await mount.WriteFileAsync("d/b/file", "another");

        Assert.Equal(FsError.None, await mount.WriteAsync(file, "CON"));
        var changed = await mount.Fs.SetAttributesAsync(file.Inode, new EntryChanges { Mode = 0x100 }, null, TestMount.Nobody, CancellationToken.None);
        var attributes = await AttributesAsync(mount, file.Inode);
        Assert.True(changed.IsOk);
        Assert.Equal((0x100, 0u, 7L), (attributes.Value.Mode, attributes.Value.Links, attributes.Value.Size));
        Assert.Equal("CONtent", await mount.ReadAndCloseAsync(file));
        Assert.Equal(0x1A4, (await mount.StatAsync("d/b/file")).Value.Mode);
        Assert.Equal("another", await mount.ReadFileAsync("d/b/file"));
        Assert.Equal(1, mount.Fs.Inodes.Count);
    }

    [Fact]
    public async Task A_file_replaced_by_a_rename_works_on_through_its_handle()
    {
        await using var mount = await TestMount.BegunAsync();
        await mount.WriteFileAsync("d/b/file", "old");
        var old = (await mount.OpenAsync("d/b/file", FileAccessMode.Read)).Value;
        await mount.WriteFileAsync("d/b/.file.tmp", "new");
        var inode = (await mount.LookupAsync("d/b/.file.tmp")).Value.Inode;

        Assert.Equal(FsError.None, await mount.RenameAsync("d/b/.file.tmp", "d/b/file"));

        Assert.Same(inode, (await mount.LookupAsync("d/b/file")).Value.Inode);
        Assert.Equal("new", await mount.ReadFileAsync("d/b/file"));
        Assert.Equal("old", await mount.ReadAndCloseAsync(old));
        Assert.Equal(FsError.NotFound, await mount.ExistsAsync("d/b/.file.tmp"));
        mount.Fs.Forget(inode, 2);
        Assert.Equal(1, mount.Fs.Inodes.Count);
    }

    [Fact]
    public async Task A_rename_between_two_names_of_one_file_does_nothing()
    {
        await using var mount = await TestMount.BegunAsync();
        await mount.WriteFileAsync("d/b/one", "x");
        await mount.LinkAsync("d/b/one", "d/b/two");

        Assert.Equal(FsError.None, await mount.RenameAsync("d/b/one", "d/b/two"));
        Assert.Equal(FsError.None, await mount.RenameAsync("d/b/one", "d/b/one"));
        Assert.Equal(["one", "two"], await mount.ListAsync("d/b"));
    }

    [Fact]
    public async Task A_removed_directory_is_gone_also_for_who_still_refers_to_it()
    {
        await using var mount = await TestMount.BegunAsync();
        await mount.MkdirAsync("d/b/sub");
        var old = (await mount.LookupAsync("d/b/sub")).Value.Inode;
        await mount.RmdirAsync("d/b/sub");
        await mount.MkdirAsync("d/b/sub");
        await mount.WriteFileAsync("d/b/sub/file", "x");

        Assert.Equal(FsError.NotFound, (await mount.Fs.LookupAsync(old, "file", CancellationToken.None)).Error);
        Assert.Equal(FsError.NotFound, (await mount.Fs.MkdirAsync(old, "new", new NewEntry(0x1ED), TestMount.Nobody, CancellationToken.None)).Error);
        Assert.Equal(FsError.Stale, (await AttributesAsync(mount, old)).Error);
        var listing = mount.Fs.Opendir(old).Value;
        Assert.Empty((await mount.Fs.ReaddirAsync(listing, true, CancellationToken.None)).Value);
        mount.Fs.Releasedir(listing);
        Assert.NotSame(old, (await mount.LookupAsync("d/b/sub")).Value.Inode);
    }

    [Fact]
    public void A_number_of_the_storage_that_is_used_again_is_another_inode()
    {
        var table = new InodeTable();
        using var backup = new Backup(new ClosedHandle(), 1, open: null, isPartial: false, _ => { });
        var root = table.AcquireBackupRoot(table.Root, backup);
        var first = table.AcquireEntry(root, new EntryAttributes { Type = EntryType.File, FileId = 7 });
        table.Detach(first);
        var second = table.AcquireEntry(root, new EntryAttributes { Type = EntryType.File, FileId = 7 });
        var third = table.AcquireEntry(root, new EntryAttributes { Type = EntryType.Directory, FileId = 7 });

        Assert.NotSame(first, second);
        Assert.NotSame(second, third);
        Assert.Same(third, table.Find(backup, 7));
        table.Forget(first);
        table.Forget(second);
        Assert.Same(third, table.Find(backup, 7));
        table.Forget(third);
        table.Forget(root);
        Assert.Equal(1, table.Count);
    }

    [Fact]
    public async Task A_create_that_finds_the_file_tells_its_size_after_the_truncation()
    {
        await using var mount = await TestMount.BegunAsync();
        await mount.WriteFileAsync("d/b/file", "long content");

        var size = await mount.WithAsync("d/b", async parent =>
        {
            var created = (await mount.Fs.CreateAsync(
                parent, "file", new NewEntry(0x1A4), FileAccessMode.Write, exclusive: false, truncate: true, TestMount.Nobody, CancellationToken.None)).Value;
            await mount.CloseAsync(created.File);
            mount.Fs.Forget(created.Entry.Inode, 1);
            return created.Entry.Attributes.Size;
        });

        Assert.Equal(0, size);
        Assert.Equal(FsError.AlreadyExists, (await mount.CreateAsync("d/b/file", exclusive: true)).Error);
        await mount.MkdirAsync("d/b/sub");
        Assert.NotEqual(FsError.None, (await mount.CreateAsync("d/b/sub")).Error);
        Assert.Equal(1, mount.Fs.Inodes.Count);
    }

    private static async Task<FsResult<EntryAttributes>> AttributesAsync(TestMount mount, Inode inode) =>
        await mount.Fs.GetAttributesAsync(inode, null, CancellationToken.None);
}
