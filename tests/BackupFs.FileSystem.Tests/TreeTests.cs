namespace BackupFs.FileSystem.Tests;

public sealed class TreeTests
{
    [Theory]
    [InlineData(1, "d")]
    [InlineData(2, "commerce/-80")]
    [InlineData(3, "a/b/c")]
    public async Task Backups_are_that_many_levels_below_the_root(int levels, string directory)
    {
        await using var mount = await TestMount.StartAsync(new FileSystemOptions { DirectoryLevels = levels });
        await MakeAllAsync(mount, directory);

        Assert.Equal(FsError.None, await mount.MkdirAsync($"{directory}/full"));
        Assert.Equal(FsError.None, await mount.WriteFileAsync($"{directory}/full/file", "content"));
        Assert.Equal(FsError.None, await mount.EndAsync($"{directory}/full"));

        Assert.NotNull(await mount.ManifestAsync(directory, "full"));
        Assert.Equal("content", await mount.ReadFileAsync($"{directory}/full/file"));
        Assert.Equal(["full"], await mount.ListAsync(directory));
    }

    [Fact]
    public async Task An_empty_store_is_taken_for_one_level()
    {
        await using var mount = await TestMount.StartAsync();

        Assert.Equal(1, mount.Fs.DirectoryLevels);
        Assert.True(mount.Fs.LevelsWereDetected);
        Assert.Equal("1", await mount.GetAsync("", ControlAttributes.DirectoryLevels));
    }

    [Theory]
    [InlineData(1, "d")]
    [InlineData(2, "commerce/-80")]
    [InlineData(3, "a/b/c")]
    public async Task A_manifest_tells_the_level(int levels, string directory)
    {
        var store = new MemoryStore();
        var handle = await new MemoryStorage(store).StartBackupAsync(directory, "full", CancellationToken.None);
        await handle.EndBackupAsync(BackupNotes.None, CancellationToken.None);

        await using var mount = await TestMount.StartAsync(store: store);

        Assert.Equal(levels, mount.Fs.DirectoryLevels);
    }

    [Fact]
    public async Task A_manifest_of_Vitess_tells_the_level()
    {
        var store = new MemoryStore();
        store.PlantForeign("commerce/-80", "2024-01-31.120000.zone1-0000000101", new Dictionary<string, byte[]> { ["MANIFEST"] = [1] });

        await using var mount = await TestMount.StartAsync(store: store);

        Assert.Equal(2, mount.Fs.DirectoryLevels);
        Assert.Equal("foreign", await mount.StateAsync("commerce/-80/2024-01-31.120000.zone1-0000000101"));
    }

    [Fact]
    public async Task An_incomplete_backup_tells_the_level()
    {
        var store = new MemoryStore();
        MemoryStorage.Crash(await new MemoryStorage(store).StartBackupAsync("a/b", "full", CancellationToken.None));

        await using var mount = await TestMount.StartAsync(store: store);

        Assert.Equal(2, mount.Fs.DirectoryLevels);
    }

    [Fact]
    public async Task Files_stored_by_something_else_tell_nothing_and_are_readable()
    {
        var store = new MemoryStore();
        store.PlantForeign("d", "plain", new Dictionary<string, byte[]> { ["sub/file"] = "x"u8.ToArray() });

        await using var mount = await TestMount.StartAsync(store: store);

        Assert.Equal(1, mount.Fs.DirectoryLevels);
        Assert.Equal("x", await mount.ReadFileAsync("d/plain/sub/file"));
        Assert.Equal("foreign", await mount.StateAsync("d/plain"));
        Assert.Equal(FsError.ReadOnly, await mount.WriteFileAsync("d/plain/new", ""));
    }

    [Fact]
    public async Task Levels_outside_1_to_16_are_refused() =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => TestMount.StartAsync(new FileSystemOptions { DirectoryLevels = 17 }));

    [Fact]
    public async Task Mkdir_above_the_backups_makes_a_directory_that_can_be_removed()
    {
        await using var mount = await TestMount.StartAsync(new FileSystemOptions { DirectoryLevels = 2 });

        Assert.Equal(FsError.None, await mount.MkdirAsync("a"));
        Assert.Equal(FsError.None, await mount.MkdirAsync("a/b", mode: 0x1C0));
        Assert.Equal(FsError.AlreadyExists, await mount.MkdirAsync("a"));
        Assert.Equal(0x1C0, (await mount.StatAsync("a/b")).Value.Mode);
        Assert.Equal(["b"], await mount.ListAsync("a"));
        Assert.Equal(FsError.NotEmpty, await mount.RmdirAsync("a"));
        Assert.Equal(FsError.None, await mount.RmdirAsync("a/b"));
        Assert.Equal(FsError.None, await mount.RmdirAsync("a"));
        Assert.Equal(FsError.NotFound, await mount.ExistsAsync("a"));
    }

    [Fact]
    public async Task Mkdir_in_a_backup_makes_a_directory_in_it()
    {
        await using var mount = await BegunAsync();

        Assert.Equal(FsError.None, await mount.MkdirAsync("d/b/sub"));
        Assert.Equal(FsError.None, await mount.MkdirAsync("d/b/sub/deep"));
        Assert.Equal(FsError.AlreadyExists, await mount.MkdirAsync("d/b/sub"));
        Assert.Equal(FsError.None, await mount.WriteFileAsync("d/b/sub/deep/file", "x"));
        Assert.Equal(FsError.NotEmpty, await mount.RmdirAsync("d/b/sub/deep"));
    }

    [Fact]
    public async Task A_name_is_taken_while_its_backup_is_open_complete_or_partial()
    {
        await using var mount = await BegunAsync();

        Assert.Equal(FsError.AlreadyExists, await mount.MkdirAsync("d/b"));
        Assert.Equal(FsError.AlreadyExists, await mount.MkdirAsync("d/b.partial"));
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
        Assert.Equal(FsError.AlreadyExists, await mount.MkdirAsync("d/b"));
        Assert.Equal(FsError.AlreadyExists, await mount.MkdirAsync("d/b.partial"));
        Assert.Equal(FsError.None, await mount.MkdirAsync("d/c.partial"));
        Assert.Equal(FsError.AlreadyExists, await mount.MkdirAsync("d/c"));
    }

    [Fact]
    public async Task A_partial_backup_is_shown_only_under_its_partial_name()
    {
        await using var mount = await BegunAsync("b.partial");

        Assert.Equal(["b.partial"], await mount.ListAsync("d"));
        Assert.Equal(FsError.None, await mount.ExistsAsync("d/b.partial"));
        Assert.Equal(FsError.NotFound, await mount.ExistsAsync("d/b"));
    }

    [Fact]
    public async Task A_partial_name_is_refused_when_a_stored_backup_is_called_so()
    {
        var store = new MemoryStore();
        store.PlantForeign("d", "b.partial", new Dictionary<string, byte[]> { ["file"] = [1] });
        await using var mount = await TestMount.StartAsync(store: store);

        Assert.Equal(FsError.AlreadyExists, await mount.MkdirAsync("d/b.partial"));
        Assert.Equal(FsError.NotFound, await mount.ExistsAsync("d/b"));
        Assert.Equal(FsError.None, await mount.MkdirAsync("d/b"));
    }

    [Fact]
    public async Task A_backup_may_be_called_partial_itself()
    {
        await using var mount = await TestMount.StartAsync();
        await mount.MkdirAsync("d");

        Assert.Equal(FsError.None, await mount.MkdirAsync("d/.partial"));
        Assert.Equal([".partial"], await mount.ListAsync("d"));
        Assert.Equal(FsError.None, await mount.MkdirAsync("d/x.partial.partial"));
        Assert.Equal(FsError.None, await mount.MkdirAsync("d/x.partial"));
        Assert.Equal([".partial", "x.partial", "x.partial.partial"], await mount.ListAsync("d"));
        Assert.Equal(FsError.None, await mount.EndAsync("d/x.partial"));
        Assert.NotNull(await mount.ManifestAsync("d", "x"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("d")]
    public async Task Files_above_the_backups_are_refused_and_the_log_says_where_they_belong(string directory)
    {
        await using var mount = await TestMount.StartAsync();
        await mount.MkdirAsync("d");
        var path = BackupPath.Join(directory, "file");

        Assert.Equal(FsError.NotPermitted, await mount.WriteFileAsync(path, "x"));
        Assert.Equal(FsError.NotPermitted, await mount.SymlinkAsync(path, "x"));
        Assert.True(mount.Log.Says("dir/name/file"));
    }

    [Fact]
    public async Task The_manifests_name_is_reserved_in_a_backups_root_only()
    {
        await using var mount = await BegunAsync();
        await mount.MkdirAsync("d/b/sub");
        await mount.WriteFileAsync("d/b/file", "x");

        Assert.Equal(FsError.NotPermitted, await mount.WriteFileAsync("d/b/.backupfs.json", "x"));
        Assert.Equal(FsError.NotPermitted, await mount.MkdirAsync("d/b/.backupfs.json"));
        Assert.Equal(FsError.NotPermitted, await mount.SymlinkAsync("d/b/.backupfs.json", "x"));
        Assert.Equal(FsError.NotPermitted, await mount.LinkAsync("d/b/file", "d/b/.backupfs.json"));
        Assert.Equal(FsError.NotPermitted, await mount.RenameAsync("d/b/file", "d/b/.backupfs.json"));
        Assert.Equal(FsError.None, await mount.WriteFileAsync("d/b/sub/.backupfs.json", "x"));
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
        Assert.Equal(FsError.NotFound, await mount.ExistsAsync("d/b/.backupfs.json"));
        Assert.Equal(["file", "sub"], await mount.ListAsync("d/b"));
    }

    [Fact]
    public async Task The_storages_own_name_is_reserved_above_the_backups()
    {
        await using var mount = await TestMount.StartAsync();

        Assert.Equal(FsError.InvalidName, await mount.MkdirAsync(".backupfs"));
        Assert.Equal(FsError.NotFound, await mount.ExistsAsync(".backupfs"));
        await mount.MkdirAsync("d");
        Assert.Equal(FsError.InvalidName, await mount.MkdirAsync("d/.backupfs"));
    }

    [Theory]
    [InlineData("line\nbreak", FsError.InvalidName)]
    [InlineData("bell\a", FsError.InvalidName)]
    [InlineData("delete\u007f", FsError.InvalidName)]
    [InlineData(null, FsError.InvalidName)]
    public async Task Names_that_no_storage_can_keep_are_refused_at_every_level(string? name, FsError error)
    {
        // A lone surrogate does not survive the attribute.
        name ??= "half\ud800";
        await using var mount = await BegunAsync();

        Assert.Equal(error, await mount.MkdirAsync(name));
        Assert.Equal(error, await mount.MkdirAsync("d/" + name));
        Assert.Equal(error, await mount.MkdirAsync("d/b/" + name));
        Assert.Equal(error, await mount.WriteFileAsync("d/b/" + name, "x"));
        Assert.Equal(FsError.NotFound, await mount.ExistsAsync(name));
        Assert.Equal(FsError.NotFound, await mount.ExistsAsync("d/" + name));
        Assert.Equal(FsError.NotFound, await mount.ExistsAsync("d/b/" + name));
        Assert.DoesNotContain(mount.Log.Lines, line => line.Text.Contains('\n', StringComparison.Ordinal) || line.Text.Contains('\a', StringComparison.Ordinal));
    }

    [Fact]
    public async Task Names_of_256_bytes_are_too_long_and_of_255_not()
    {
        await using var mount = await BegunAsync();
        var longest = new string('x', 253) + "\u00e9";
        var tooLong = new string('x', 254) + "\u00e9";

        foreach (var above in new[] { "", "d/", "d/b/" })
        {
            Assert.Equal(FsError.None, await mount.MkdirAsync(above + longest));
            Assert.Equal(FsError.NameTooLong, await mount.MkdirAsync(above + tooLong));
            Assert.Equal(FsError.NameTooLong, await mount.ExistsAsync(above + tooLong));
        }
    }

    [Fact]
    public async Task A_read_only_mount_refuses_every_change_and_reads()
    {
        var store = new MemoryStore();
        store.PlantForeign("d", "b", new Dictionary<string, byte[]> { ["file"] = "x"u8.ToArray() });
        await using var mount = await TestMount.StartAsync(new FileSystemOptions { ReadOnly = true, AllowRemove = true }, store);

        Assert.Equal("x", await mount.ReadFileAsync("d/b/file"));
        Assert.Equal(FsError.ReadOnly, await mount.MkdirAsync("e"));
        Assert.Equal(FsError.ReadOnly, await mount.MkdirAsync("d/c"));
        Assert.Equal(FsError.ReadOnly, await mount.WriteFileAsync("d/file", "x"));
        Assert.Equal(FsError.ReadOnly, await mount.WriteFileAsync("d/b/new", "x"));
        Assert.Equal(FsError.ReadOnly, await mount.UnlinkAsync("d/b/file"));
        Assert.Equal(FsError.ReadOnly, await mount.RmdirAsync("d"));
        Assert.Equal(FsError.ReadOnly, await mount.RmdirAsync("d/b"));
        Assert.Equal(FsError.ReadOnly, await mount.RenameAsync("d/b", "d/c"));
        Assert.Equal(FsError.ReadOnly, await mount.SetAsync("d", ControlAttributes.Remove, "b"));
    }

    [Fact]
    public async Task Without_real_directories_the_mount_keeps_them_until_they_are_removed()
    {
        var store = new MemoryStore(realDirectories: false);
        await using var mount = await TestMount.StartAsync(new FileSystemOptions { DirectoryLevels = 2 }, store);
        Assert.Equal(FsError.None, await mount.MkdirAsync("a"));
        Assert.Equal(FsError.None, await mount.MkdirAsync("a/b", mode: 0x1C0));

        Assert.Equal(FsError.AlreadyExists, await mount.MkdirAsync("a/b"));
        Assert.Equal(0x1C0, (await mount.StatAsync("a/b")).Value.Mode);
        Assert.Equal(FsError.NotEmpty, await mount.RmdirAsync("a"));

        // The storage shows nothing of a directory whose only backup is open.
        Assert.Equal(FsError.None, await mount.MkdirAsync("a/b/full"));
        Assert.Equal(FsError.None, await mount.WriteFileAsync("a/b/full/file", "x"));
        Assert.Equal(["full"], await mount.ListAsync("a/b"));
        Assert.Equal(FsError.NotEmpty, await mount.RmdirAsync("a/b"));
        Assert.Equal(FsError.None, await mount.EndAsync("a/b/full"));
        Assert.Equal(["b"], await mount.ListAsync("a"));
        Assert.Equal(FsError.NotEmpty, await mount.RmdirAsync("a/b"));
    }

    [Fact]
    public async Task Without_real_directories_an_aborted_backup_leaves_its_directory()
    {
        var store = new MemoryStore(realDirectories: false);
        await using var mount = await TestMount.StartAsync(store: store);
        await mount.MkdirAsync("d");
        await mount.MkdirAsync("d/b");

        Assert.Equal(FsError.None, await mount.RmdirAsync("d/b"));
        Assert.Equal(FsError.None, await mount.ExistsAsync("d"));
        Assert.Equal(FsError.None, await mount.RmdirAsync("d"));
        Assert.Equal(FsError.NotFound, await mount.ExistsAsync("d"));
    }

    private static async Task<TestMount> BegunAsync(string name = "b")
    {
        var mount = await TestMount.StartAsync();
        await mount.MkdirAsync("d");
        Assert.Equal(FsError.None, await mount.MkdirAsync("d/" + name));
        return mount;
    }

    private static async Task MakeAllAsync(TestMount mount, string directory)
    {
        var path = "";
        foreach (var segment in directory.Split('/'))
        {
            path = BackupPath.Join(path, segment);
            Assert.Equal(FsError.None, await mount.MkdirAsync(path));
        }
    }
}
