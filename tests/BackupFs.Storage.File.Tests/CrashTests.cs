namespace BackupFs.Storage.File.Tests;

public sealed class CrashTests : IDisposable
{
    private const int Killed = 137;
    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData(nameof(Checkpoint.Summed))]
    [InlineData(nameof(Checkpoint.FilesSynced))]
    [InlineData(nameof(Checkpoint.ManifestWritten))]
    [InlineData(nameof(Checkpoint.ManifestPlaced))]
    [InlineData(nameof(Checkpoint.TreeSynced))]
    public async Task A_crash_before_the_backup_is_visible_leaves_it_incomplete_and_resumable(string checkpoint)
    {
        Assert.Equal(Killed, await CrashHost.RunAsync(_store.Root, "end", checkpoint));
        await _store.Storage.RecoverAsync(None);
        Assert.Empty(await _store.Storage.ListBackupsAsync(CrashHost.Directory, None));
        using (var incomplete = Assert.Single(await _store.Storage.ListIncompleteAsync(CrashHost.Directory, None)))
        {
            Assert.Equal(5, (await incomplete.Tree.ListAsync("", None)).Value.Count);
        }

        using var resumed = await _store.Storage.ResumeBackupAsync(CrashHost.Directory, CrashHost.Name, None);
        Assert.Empty(resumed.UnfinishedFiles);
        await resumed.EndAsync();
        await AssertCompleteAsync();
    }

    [Theory]
    [InlineData(nameof(Checkpoint.Visible))]
    [InlineData(nameof(Checkpoint.VisibleSynced))]
    [InlineData(nameof(Checkpoint.Trashed))]
    [InlineData(nameof(Checkpoint.TrashedSynced))]
    public async Task A_crash_after_the_backup_is_visible_leaves_it_complete(string checkpoint)
    {
        Assert.Equal(Killed, await CrashHost.RunAsync(_store.Root, "end", checkpoint));
        await AssertCompleteAsync();
        Assert.Empty(await _store.Storage.ListIncompleteAsync(CrashHost.Directory, None));
        Assert.Equal(
            StorageErrorKind.AlreadyExists, await KindOf(() => _store.Storage.StartAsync(CrashHost.Directory, CrashHost.Name)));
        await _store.Storage.RecoverAsync(None);
        AssertNothingLeft();
        await AssertCompleteAsync();
    }

    [Theory]
    [InlineData("abort", nameof(Checkpoint.Trashed))]
    [InlineData("abort", nameof(Checkpoint.TrashedSynced))]
    [InlineData("abort", nameof(Checkpoint.PartlyDeleted))]
    [InlineData("remove", nameof(Checkpoint.Trashed))]
    [InlineData("remove", nameof(Checkpoint.TrashedSynced))]
    [InlineData("remove", nameof(Checkpoint.PartlyDeleted))]
    public async Task A_crash_in_a_deletion_leaves_nothing_listed_and_the_next_start_finishes_it(string scenario, string checkpoint)
    {
        Assert.Equal(Killed, await CrashHost.RunAsync(_store.Root, scenario, checkpoint));
        Assert.Empty(await _store.Storage.ListBackupsAsync(CrashHost.Directory, None));
        Assert.Empty(await _store.Storage.ListIncompleteAsync(CrashHost.Directory, None));
        Assert.NotEmpty(Directory.GetFileSystemEntries(_store.At(".backupfs", "trash")));
        await _store.Storage.RecoverAsync(None);
        AssertNothingLeft();
        await (await _store.Storage.StartAsync(CrashHost.Directory, CrashHost.Name)).AbortBackupAsync(None);
    }

    [Fact]
    public async Task A_crash_before_a_start_claimed_its_name_leaves_the_name_free()
    {
        Assert.Equal(Killed, await CrashHost.RunAsync(_store.Root, "start", nameof(Checkpoint.StagingPrepared)));
        Assert.Empty(await _store.Storage.ListIncompleteAsync(CrashHost.Directory, None));
        await (await _store.Storage.StartAsync(CrashHost.Directory, CrashHost.Name)).AbortBackupAsync(None);
        await _store.Storage.RecoverAsync(None);
        AssertNothingLeft();
    }

    [Fact]
    public async Task After_a_kill_the_closed_files_are_kept_and_the_open_one_is_unfinished()
    {
        Assert.Equal(Killed, await CrashHost.RunAsync(_store.Root, "torn"));
        using var resumed = await _store.Storage.ResumeBackupAsync(CrashHost.Directory, CrashHost.Name, None);
        Assert.Equal(["torn"], resumed.UnfinishedFiles);
        Assert.True((await resumed.Tree.UnlinkAsync("torn", None)).IsOk);
        Assert.Empty(resumed.UnfinishedFiles);
        await resumed.EndAsync();
        await AssertCompleteAsync();
    }

    [Fact]
    public async Task After_a_crash_of_the_host_what_was_not_synced_is_unfinished()
    {
        var backup = await _store.Storage.StartAsync();
        await backup.WriteAsync("synced", [1]);
        await backup.WriteAsync("closed", [2]);
        await Task.Delay(30);
        await using (var file = await backup.OpenAsync("synced", FileAccessMode.ReadWrite))
        {
            Assert.True((await file.SyncAsync(false, None)).IsOk);
        }

        await ((FileBackupHandle)backup).SimulateCrashAsync();
        var info = Assert.Single(Directory.GetFiles(_store.At(".backupfs", "open"), "info.json", SearchOption.AllDirectories));
        var text = await System.IO.File.ReadAllTextAsync(info);
        var boot = (await System.IO.File.ReadAllTextAsync("/proc/sys/kernel/random/boot_id")).Trim();
        await System.IO.File.WriteAllTextAsync(info, text.Replace(boot, "another-boot", StringComparison.Ordinal));

        using (var resumed = await _store.Storage.ResumeBackupAsync("ks/-80", "b", None))
        {
            Assert.Equal(["closed"], resumed.UnfinishedFiles);
        }

        // Suspended on this boot: the doubt must not be forgotten.
        using var again = await _store.Storage.ResumeBackupAsync("ks/-80", "b", None);
        Assert.Equal(["closed"], again.UnfinishedFiles);
    }

    [Fact]
    public async Task A_journal_with_a_torn_end_makes_every_file_unfinished()
    {
        var backup = await _store.Storage.StartAsync();
        await backup.WriteAsync("f", [1]);
        await ((FileBackupHandle)backup).SimulateCrashAsync();
        var journal = Assert.Single(Directory.GetFiles(_store.At(".backupfs", "open"), "journal", SearchOption.AllDirectories));
        await System.IO.File.AppendAllTextAsync(journal, "torn");
        using var resumed = await _store.Storage.ResumeBackupAsync("ks/-80", "b", None);
        Assert.Equal(["f"], resumed.UnfinishedFiles);
    }

    [Fact]
    public async Task Of_four_processes_one_gets_the_name()
    {
        var codes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => CrashHost.RunAsync(_store.Root, "race")));
        Assert.Equal([1, 2, 2, 2], codes.Order());
        Assert.Single(await _store.Storage.ListBackupsAsync(CrashHost.Directory, None));
    }

    private async Task AssertCompleteAsync()
    {
        using var backup = await _store.Another().FindAsync(CrashHost.Directory, CrashHost.Name);
        Assert.Equal(BackupState.Complete, backup.State);
        for (var number = 0; number < 5; number++)
        {
            Assert.Equal(CrashHost.Content(number), await backup.ReadAsync($"d{number}/f"));
        }
    }

    private void AssertNothingLeft()
    {
        foreach (var name in new[] { "open", "new", "trash" })
        {
            Assert.Empty(Directory.GetFileSystemEntries(_store.At(".backupfs", name)));
        }
    }
}
