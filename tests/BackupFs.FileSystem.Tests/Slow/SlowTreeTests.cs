namespace BackupFs.FileSystem.Tests.Slow;

/// <summary>The tree of an open backup where even that takes time: what is learned of a name is never older than a rename.</summary>
public sealed class SlowTreeTests
{
    [Fact]
    public async Task A_rename_waits_for_a_lookup_of_the_name_and_the_inode_follows_it()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowBegunAsync(faults);
        await mount.WriteFileAsync("d/b/old", "text");
        var root = await mount.LookupAsync("d/b");
        var stall = new Stall(faults, "Tree.GetAttributes", "old", late: true, times: 1);
        var lookup = mount.Fs.LookupAsync(root.Value.Inode, "old", CancellationToken.None).AsTask();
        await stall.HitAsync();

        var renaming = mount.Fs.RenameAsync(
            root.Value.Inode, "old", root.Value.Inode, "new", RenameMode.Replace, TestMount.Nobody, CancellationToken.None).AsTask();
        Assert.Equal(0, faults.CallsOf("Tree.Rename"));
        stall.Over();
        var found = await Eventually.InTimeAsync(lookup);
        Assert.Equal(FsError.None, await Eventually.InTimeAsync(renaming));

        // By inode, as the kernel asks.
        Assert.Equal(4, (await mount.Fs.GetAttributesAsync(found.Value.Inode, null, CancellationToken.None)).Value.Size);
        mount.Fs.Forget(found.Value.Inode, 1);
        mount.Fs.Forget(root.Value.Inode, 1);
        Assert.Equal(["new"], await mount.ListAsync("d/b"));
    }

    [Fact]
    public async Task Lookups_run_side_by_side_and_one_that_waits_for_a_rename_can_be_interrupted()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowBegunAsync(faults);
        await mount.WriteFileAsync("d/b/file", "text");
        var root = await mount.LookupAsync("d/b");
        var read = new Stall(faults, "Tree.GetAttributes", "missing");
        var slow = mount.Fs.LookupAsync(root.Value.Inode, "missing", CancellationToken.None).AsTask();
        await read.HitAsync();
        Assert.Equal(FsError.None, await Eventually.InTimeAsync(mount.ExistsAsync("d/b/file")));
        var rename = new Stall(faults, "Tree.Rename");
        var renaming = mount.RenameAsync("d/b/file", "d/b/moved");
        read.Over();
        Assert.Equal(FsError.NotFound, (await Eventually.InTimeAsync(slow)).Error);
        await rename.HitAsync();

        using var interrupt = new CancellationTokenSource();
        var waiting = mount.Fs.LookupAsync(root.Value.Inode, "moved", interrupt.Token).AsTask();
        Assert.False(waiting.IsCompleted);
        await interrupt.CancelAsync();
        Assert.Equal(FsError.Interrupted, (await Eventually.InTimeAsync(waiting)).Error);
        rename.Over();

        Assert.Equal(FsError.None, await Eventually.InTimeAsync(renaming));
        Assert.Equal("text", await mount.ReadFileAsync("d/b/moved"));
        mount.Fs.Forget(root.Value.Inode, 1);
    }

    [Fact]
    public async Task Many_threads_find_what_they_wrote_although_every_call_of_the_tree_waits()
    {
        var faults = new FaultPlan();
        await using var mount = await TestMount.SlowBegunAsync(faults);
        await mount.MkdirAsync("d/b/top");
        await mount.MkdirAsync("d/b/top/sub");
        var sub = (await mount.LookupAsync("d/b/top/sub")).Value.Inode;
        foreach (var operation in new[] { "Tree.GetAttributes", "Tree.CreateFile", "Tree.Rename", "Tree.Unlink", "Tree.OpenFile" })
        {
            faults.Add(new Fault { Operation = operation, Until = YieldingAsync() });
        }

        using var over = new CancellationTokenSource();
        var renaming = Task.Run(async () =>
        {
            for (var turn = 0; !over.IsCancellationRequested || turn % 2 != 0; turn++)
            {
                var (from, to) = turn % 2 == 0 ? ("d/b/top", "d/b/moved") : ("d/b/moved", "d/b/top");
                Assert.Equal(FsError.None, await mount.RenameAsync(from, to));
            }
        });
        await Eventually.InTimeAsync(Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(async () =>
        {
            for (var round = 0; round < 20; round++)
            {
                var name = $"{thread}.{round}";
                var created = await mount.Fs.CreateAsync(
                    sub, name, new NewEntry(0x1A4), FileAccessMode.ReadWrite, true, false, TestMount.Nobody, CancellationToken.None);
                Assert.Equal(FsError.None, created.Error);
                Assert.Equal(FsError.None, await mount.WriteAsync(created.Value.File, name));
                Assert.Equal(FsError.None, await mount.CloseAsync(created.Value.File));
                var found = await mount.Fs.LookupAsync(sub, name, CancellationToken.None);
                Assert.Same(created.Value.Entry.Inode, found.Value.Inode);
                Assert.Equal(name.Length, (await mount.Fs.GetAttributesAsync(found.Value.Inode, null, CancellationToken.None)).Value.Size);
                mount.Fs.Forget(found.Value.Inode, 2);
            }
        }))));
        await over.CancelAsync();
        await Eventually.InTimeAsync(renaming);
        mount.Fs.Forget(sub, 1);

        Assert.Equal(8 * 20, (await mount.ListAsync("d/b/top/sub")).Length);
        Assert.Equal(1, mount.Fs.Inodes.Count);
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
    }

    // Completes later for each who waits: every call leaves its thread.
    private static async Task YieldingAsync()
    {
        await Task.Delay(1);
    }
}
