namespace BackupFs.FileSystem.Tests;

/// <summary>st_ino: with the device, programs tell by it which files are the same.</summary>
public sealed class ShownNumberTests
{
    [Fact]
    public async Task Hard_links_share_a_number_and_files_of_two_backups_never_do()
    {
        await using var mount = await TestMount.SlowAsync(new FaultPlan());
        await mount.MkdirAsync("d");
        var numbers = new HashSet<ulong>();
        var kept = new Dictionary<string, ulong>();
        foreach (var backup in new[] { "d/a.partial", "d/b" })
        {
            await mount.MkdirAsync(backup);
            await mount.WriteFileAsync($"{backup}/file", "x");
            await mount.WriteFileAsync($"{backup}/other", "x");
            await mount.LinkAsync($"{backup}/file", $"{backup}/link");
            var file = await NumberAsync(mount, $"{backup}/file");
            Assert.Equal(file, await NumberAsync(mount, $"{backup}/link"));
            Assert.True(numbers.Add(file));
            Assert.True(numbers.Add(await NumberAsync(mount, $"{backup}/other")));
            Assert.True(numbers.Add(await NumberAsync(mount, backup)));
            kept[backup] = file;
        }

        Assert.True(numbers.Add(await NumberAsync(mount, "d")));
        Assert.True(numbers.Add(await NumberAsync(mount, "")));

        // The same after the end, under another name, and when the mount has forgotten everything meanwhile.
        Assert.Equal(FsError.None, await mount.EndAsync("d/a.partial"));
        Assert.Equal(1, mount.Fs.Inodes.Count);
        Assert.Equal(kept["d/a.partial"], await NumberAsync(mount, "d/a/file"));
    }

    [Fact]
    public async Task A_listing_shows_the_numbers_that_stat_shows()
    {
        await using var mount = await TestMount.SlowAsync(new FaultPlan());
        await mount.MkdirAsync("d");
        await mount.MkdirAsync("d/b.partial");
        await mount.WriteFileAsync("d/b.partial/file", "x");

        foreach (var (directory, name) in new[] { ("", "d"), ("d", "b.partial"), ("d/b.partial", "file") })
        {
            var listed = await mount.WithAsync(directory, async inode =>
            {
                var open = mount.Fs.Opendir(inode).Value;
                var names = (await mount.Fs.ReaddirAsync(open, true, CancellationToken.None)).Value;
                mount.Fs.Releasedir(open);
                return names;
            });
            Assert.Equal(await NumberAsync(mount, BackupPath.Join(directory, name)), listed.Single(each => each.Name == name).FileId);
        }
    }

    [Fact]
    public void Backups_whose_storage_counts_files_alike_do_not_overlap()
    {
        const ulong FilesEach = 1_000_000;
        var ranges = Enumerable.Range(0, 10_000).Select(number => ShownNumbers.OfBackup($"keyspace/-80/{number}")).Order().ToArray();

        Assert.All(ranges.Zip(ranges.Skip(1)), pair => Assert.True(pair.Second - pair.First > FilesEach));
        Assert.NotEqual(ShownNumbers.OfEntry(ranges[0], 1), ShownNumbers.OfEntry(ranges[1], 1));
        Assert.NotEqual(ShownNumbers.OfBackup("a/b"), ShownNumbers.OfDirectory("a/b"));
    }

    [Fact]
    public async Task A_storage_of_local_files_shows_the_numbers_of_the_disk()
    {
        using var disk = new TemporaryStorage();
        await using var mount = await TestMount.StartAsync(wrap: _ => disk.Storage);
        await mount.MkdirAsync("d");
        await mount.MkdirAsync("d/b");
        await mount.WriteFileAsync("d/b/file", "x");

        var inode = (EntryInode)(await mount.LookupAsync("d/b/file")).Value.Inode;

        Assert.Equal(inode.FileId, await NumberAsync(mount, "d/b/file"));
        mount.Fs.Forget(inode, 1);
    }

    private static async Task<ulong> NumberAsync(TestMount mount, string path) => (await mount.StatAsync(path)).Value.FileId;
}
