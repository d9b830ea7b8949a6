using Xunit;

namespace BackupFs.Storage.Contract;

public abstract partial class StorageContract
{
    [Fact]
    public async Task A_backup_whose_process_died_is_incomplete_and_can_be_resumed()
    {
        using var dead = await Storage.StartBackupAsync(Shard, "b", Soon);
        await AddAsync(dead, "kept", Bytes("kept"));
        await SimulateCrashAsync(dead);
        var other = await ReopenAsync();
        await other.RecoverAsync(Soon);
        Assert.Empty(await NamesAsync(other));
        using (var listed = Assert.Single(await other.ListIncompleteAsync(Shard, Soon)))
        {
            Assert.Equal((BackupState.Incomplete, false), (listed.State, listed.IsReadWrite));
            Assert.Null(await listed.ReadManifestAsync(Soon));
            Assert.Equal(["kept"], await ChildrenAsync(listed.Tree, ""));
            Assert.Equal(Bytes("kept"), await ReadAsync(listed, "kept"));
            Fails(StorageErrorKind.ReadOnly, await listed.Tree.UnlinkAsync("kept", Soon));
        }

        using var resumed = await other.ResumeBackupAsync(Shard, "b", Soon);
        Assert.Equal((BackupState.Open, true), (resumed.State, resumed.IsReadWrite));
        Assert.Empty(resumed.UnfinishedFiles);
        await AddAsync(resumed, "more", Bytes("more"));
        await EndAsync(resumed);
        using var found = await FindAsync("b");
        Assert.Equal(Bytes("kept"), await ReadAsync(found, "kept"));
        Assert.Equal(Bytes("more"), await ReadAsync(found, "more"));
    }

    [Fact]
    public async Task A_file_that_was_being_written_at_the_death_is_unfinished_until_it_is_written_anew()
    {
        using var dead = await Storage.StartBackupAsync(Shard, "b", Soon);
        await CreateAsync(dead.Tree, "closed", "x");
        var torn = (await dead.Tree.CreateFileAsync("torn", FileAccessMode.Write, Plain, Soon)).Value;
        await torn.WriteAsync(Bytes("half"), 0, Soon);
        await SimulateCrashAsync(dead);
        await torn.DisposeAsync();

        using var resumed = await (await ReopenAsync()).ResumeBackupAsync(Shard, "b", Soon);
        Assert.Equal(["torn"], resumed.UnfinishedFiles);
        await using (var file = (await resumed.Tree.OpenFileAsync("torn", FileAccessMode.Write, truncate: true, Soon)).Value)
        {
            await file.WriteAsync(Bytes("whole"), 0, Soon);
            Assert.True((await file.FlushAsync(Soon)).IsOk);
        }

        Assert.Empty(resumed.UnfinishedFiles);
        await EndAsync(resumed);
        Assert.Equal("whole", await TextAsync(resumed.Tree, "torn"));
    }

    [Fact]
    public async Task A_mark_on_a_file_survives_a_crash_and_can_be_taken_back()
    {
        using var dead = await Storage.StartBackupAsync(Shard, "b", Soon);
        await CreateAsync(dead.Tree, "f", "x");
        await CreateAsync(dead.Tree, "g", "x");
        await dead.MarkUnfinishedAsync("f", true, Soon);
        await dead.MarkUnfinishedAsync("g", true, Soon);
        Assert.Equal(["f", "g"], dead.UnfinishedFiles);
        await dead.MarkUnfinishedAsync("g", false, Soon);
        await SimulateCrashAsync(dead);
        using var resumed = await (await ReopenAsync()).ResumeBackupAsync(Shard, "b", Soon);
        Assert.Equal(["f"], resumed.UnfinishedFiles);
        await resumed.MarkUnfinishedAsync("f", false, Soon);
        Assert.Empty(resumed.UnfinishedFiles);
        await EndAsync(resumed);
    }

    [Fact]
    public async Task A_suspended_backup_keeps_everything_for_a_later_resume()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        await AddAsync(handle, "f", Bytes("x"));
        await handle.SuspendAsync(Soon);
        await handle.SuspendAsync(Soon);
        Assert.False(handle.IsReadWrite);
        Assert.Empty(await NamesAsync(Storage));
        Assert.Equal(["b"], await IncompleteNamesAsync(Storage));
        using var resumed = await Storage.ResumeBackupAsync(Shard, "b", Soon);
        Assert.Empty(resumed.UnfinishedFiles);
        Assert.Equal(["f"], await ChildrenAsync(resumed.Tree, ""));
        await EndAsync(resumed);
        Assert.Equal(["b"], await NamesAsync(Storage));
        Assert.Empty(await IncompleteNamesAsync(Storage));
    }

    [Fact]
    public async Task Disposing_an_open_backup_leaves_it_for_a_resume()
    {
        var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        await AddAsync(handle, "f", Bytes("x"));
        handle.Dispose();
        handle.Dispose();
        using var resumed = await (await ReopenAsync()).ResumeBackupAsync(Shard, "b", Soon);
        Assert.Equal(["f"], await ChildrenAsync(resumed.Tree, ""));
        await resumed.AbortBackupAsync(Soon);
        Assert.Empty(await IncompleteNamesAsync(Storage));
    }

    [Fact]
    public async Task Only_an_incomplete_backup_can_be_resumed_and_only_once()
    {
        await ThrowsAsync(StorageErrorKind.NotFound, async () => await Storage.ResumeBackupAsync(Shard, "none", Soon));
        (await CompleteAsync("done")).Dispose();
        await ThrowsAsync(StorageErrorKind.NotFound, async () => await Storage.ResumeBackupAsync(Shard, "done", Soon));
        using var live = await Storage.StartBackupAsync(Shard, "live", Soon);
        var other = await ReopenAsync();
        await ThrowsAsync(StorageErrorKind.Busy, async () => await other.ResumeBackupAsync(Shard, "live", Soon));
        await SimulateCrashAsync(live);
        using var resumed = await other.ResumeBackupAsync(Shard, "live", Soon);
        await ThrowsAsync(StorageErrorKind.Busy, async () => await (await ReopenAsync()).ResumeBackupAsync(Shard, "live", Soon));
        await resumed.AbortBackupAsync(Soon);
    }

    [Fact]
    public async Task Recovering_changes_nothing_that_is_whole_or_open()
    {
        (await CompleteAsync("done", ("f", Bytes("x")))).Dispose();
        using var live = await Storage.StartBackupAsync(Shard, "live", Soon);
        await AddAsync(live, "f", Bytes("x"));
        await (await ReopenAsync()).RecoverAsync(Soon);
        await Storage.RecoverAsync(Soon);
        await EndAsync(live);
        Assert.Equal(["done", "live"], await NamesAsync(Storage));
    }
}
