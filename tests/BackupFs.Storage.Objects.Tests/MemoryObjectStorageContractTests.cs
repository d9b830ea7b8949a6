using BackupFs.Storage.Objects.Contract;
using Xunit;

namespace BackupFs.Storage.Objects.Tests;

/// <summary>The transactional storage over the strict object store in memory.</summary>
public class MemoryObjectStorageContractTests : ObjectStorageContract
{
    protected MemoryObjects Objects { get; } = new();

    [Fact]
    public async Task What_the_store_holds_besides_the_manifest_is_found_by_a_verification()
    {
        using var backup = await CompleteAsync("b", ("good", Bytes("x")), ("gone", Bytes("x")), ("longer", Bytes("x")));
        Objects[ObjectKeys.File(Shard, "b", "gone")] = null;
        Objects[ObjectKeys.File(Shard, "b", "longer")] = Bytes("xy");
        Objects[ObjectKeys.File(Shard, "b", "stray")] = Bytes("x");
        var result = await new BackupVerifier().VerifyAsync(backup, null, Soon);
        Assert.Contains(result.Findings, finding => (finding.Path, finding.Kind) == ("gone", FindingKind.Missing));
        Assert.Contains(result.Findings, finding => (finding.Path, finding.Kind) == ("longer", FindingKind.Size));
        Assert.Contains(result.Findings, finding => (finding.Path, finding.Kind) == ("stray", FindingKind.Extra));
        Assert.DoesNotContain(result.Findings, finding => finding.Path == "good");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Uploads_that_a_dead_process_left_are_aborted_by_a_resume_and_by_the_next_mount(bool isResumed)
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        var store = await CreateStoreAsync();
        await store.StartUploadAsync(ObjectKeys.File(Shard, "b", "half"), Soon);
        await store.StartUploadAsync(ObjectKeys.File(Shard, "other", "of somebody else"), Soon);
        await (await ReopenAsync()).RecoverAsync(Soon);
        Assert.Equal(2, Objects.ListUploads("").Count);
        await SimulateCrashAsync(handle);
        if (isResumed)
        {
            using var resumed = await Storage.ResumeBackupAsync(Shard, "b", Soon);
            await resumed.AbortBackupAsync(Soon);
        }
        else
        {
            await (await ReopenAsync()).RecoverAsync(Soon);
        }

        Assert.Equal(ObjectKeys.File(Shard, "other", "of somebody else"), Assert.Single(Objects.ListUploads("")).Key);
    }

    [Fact]
    public async Task A_refused_write_keeps_the_backup_from_ending_until_the_file_is_written_again()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        await using (var file = (await handle.Tree.CreateFileAsync("f", FileAccessMode.Write, Plain, Soon)).Value)
        {
            var block = new byte[1 << 20];
            for (var offset = 0L; offset < 64 << 20; offset += block.Length)
            {
                Assert.True((await file.WriteAsync(block, offset, Soon)).IsOk);
            }

            Fails(StorageErrorKind.Unsupported, await file.WriteAsync(Bytes("x"), 0, Soon));
            Assert.True((await file.FlushAsync(Soon)).IsOk);
        }

        await ThrowsAsync(StorageErrorKind.Unsupported, async () => await EndAsync(handle));
        await using (var file = (await handle.Tree.OpenFileAsync("f", FileAccessMode.Write, truncate: true, Soon)).Value)
        {
            Assert.True((await file.WriteAsync(Bytes("x"), 0, Soon)).IsOk);
            Assert.True((await file.FlushAsync(Soon)).IsOk);
        }

        await EndAsync(handle);
        Assert.Equal("x", await TextAsync(handle.Tree, "f"));
    }

    [Fact]
    public async Task After_the_end_nothing_is_left_but_the_files_and_the_manifest()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        await CreateAsync(handle.Tree, "a", "a");
        await CreateAsync(handle.Tree, "b", "b");
        await CreateAsync(handle.Tree, "removed", "x");
        await handle.Tree.CreateDirectoryAsync("d", PlainDirectory, Soon);
        Assert.True((await handle.Tree.RenameAsync("a", "d/a", RenameMode.Replace, Soon)).IsOk);
        await CreateAsync(handle.Tree, "a", "new");
        Assert.True((await handle.Tree.RenameAsync("a", "b", RenameMode.Exchange, Soon)).IsOk);
        Assert.True((await handle.Tree.UnlinkAsync("removed", Soon)).IsOk);
        await EndAsync(handle);
        Assert.Equal(
            [$"{Shard}/b/.backupfs.json", $"{Shard}/b/a", $"{Shard}/b/b", $"{Shard}/b/d/a"],
            Objects.Keys.Where(key => !key.Contains("/probe/", StringComparison.Ordinal)));
        Assert.Equal(("b", "new", "a"), (await TextAsync(handle.Tree, "a"), await TextAsync(handle.Tree, "b"), await TextAsync(handle.Tree, "d/a")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_that_was_stored_before_its_writer_closed_it_is_not_whole_if_the_journal_could_not_follow(bool isEvicted)
    {
        var isDead = false;
        var store = new MemoryObjectStore(Objects)
        {
            Before = (_, _, _) => new(isDead ? new StorageError(StorageErrorKind.Unavailable, "dead") : null),
            After = (operation, key) =>
            {
                isDead |= operation == "put" && key == ObjectKeys.File(Shard, "b", "f");
                return default;
            },
        };
        var handle = await Over(store).StartBackupAsync(Shard, "b", Soon);
        await CreateAsync(handle.Tree, "closed", "x");
        var file = (await handle.Tree.CreateFileAsync("f", FileAccessMode.Write, Plain, Soon)).Value;
        Assert.True((await file.WriteAsync(Bytes("half"), 0, Soon)).IsOk);
        if (isEvicted)
        {
            // Open files, each with a granule: more than there is memory.
            for (var other = 0; !isDead && other < ObjectStorageOptions.MinimumMemory >> 20; other++)
            {
                var open = (await handle.Tree.CreateFileAsync($"open{other}", FileAccessMode.Write, Plain, Soon)).Value;
                await open.WriteAsync(Bytes("x"), 0, Soon);
            }
        }
        else
        {
            await file.SyncAsync(dataOnly: false, Soon);
        }

        Assert.True(isDead);
        await SimulateCrashAsync(handle);
        using var resumed = await Storage.ResumeBackupAsync(Shard, "b", Soon);
        Assert.Contains("f", resumed.UnfinishedFiles);
        Assert.DoesNotContain("closed", resumed.UnfinishedFiles);
    }

    [Fact]
    public async Task What_was_renamed_before_its_directory_was_synced_has_its_new_name_after_a_crash()
    {
        var isDead = false;
        var store = new MemoryObjectStore(Objects)
        {
            Before = (_, _, _) => new(isDead ? new StorageError(StorageErrorKind.Unavailable, "dead") : null),
        };
        var handle = await Over(store).StartBackupAsync(Shard, "b", Soon);
        await CreateAsync(handle.Tree, "temporary", "x");
        await handle.Tree.CreateDirectoryAsync("d", PlainDirectory, Soon);
        Assert.True((await handle.Tree.RenameAsync("temporary", "d/f", RenameMode.NoReplace, Soon)).IsOk);
        Assert.True((await handle.Tree.SyncDirectoryAsync("d", Soon)).IsOk);
        isDead = true;
        await SimulateCrashAsync(handle);
        using var resumed = await Storage.ResumeBackupAsync(Shard, "b", Soon);
        Assert.Equal("x", await TextAsync(resumed.Tree, "d/f"));
        Assert.Empty(resumed.UnfinishedFiles);
    }

    [Fact]
    public async Task A_file_that_was_stored_in_part_and_then_closed_is_whole()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        var file = (await handle.Tree.CreateFileAsync("f", FileAccessMode.Write, Plain, Soon)).Value;
        Assert.True((await file.WriteAsync(Bytes("half"), 0, Soon)).IsOk);
        Assert.True((await file.SyncAsync(dataOnly: false, Soon)).IsOk);
        Assert.True((await file.WriteAsync(Bytes("whole"), 0, Soon)).IsOk);
        Assert.True((await file.FlushAsync(Soon)).IsOk);
        await file.DisposeAsync();
        await SimulateCrashAsync(handle);
        using var resumed = await Storage.ResumeBackupAsync(Shard, "b", Soon);
        Assert.Empty(resumed.UnfinishedFiles);
        Assert.Equal("whole", await TextAsync(resumed.Tree, "f"));
    }

    protected override ValueTask<IObjectStore> CreateStoreAsync() => ReopenStoreAsync();

    protected override ValueTask<IObjectStore> ReopenStoreAsync() => new(new MemoryObjectStore(Objects));
}

/// <summary>The same on a server that ignores conditions without a word.</summary>
public sealed class MemoryObjectStorageWithoutConditionsTests : MemoryObjectStorageContractTests
{
    public MemoryObjectStorageWithoutConditionsTests() => Objects.IgnoresConditions = true;
}
