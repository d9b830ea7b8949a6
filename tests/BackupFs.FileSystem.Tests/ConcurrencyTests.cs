namespace BackupFs.FileSystem.Tests;

/// <summary>Many threads at once: no exception, no deadlock, exact counts, and the tree that was to come of it.</summary>
public sealed class ConcurrencyTests
{
    private const int Threads = 32;
    private const int Backups = 4;
    private const int Rounds = 60;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Mixed_operations_in_shared_directories_break_nothing(bool onDisk)
    {
        using var disk = new TemporaryStorage();
        await using var mount = await TestMount.StartAsync(
            new FileSystemOptions { AllowRemove = true }, wrap: memory => onDisk ? disk.Storage : memory);
        await mount.MkdirAsync("d");
        for (var backup = 0; backup < Backups; backup++)
        {
            await mount.MkdirAsync($"d/{backup}");
            await mount.MkdirAsync($"d/{backup}/left");
            await mount.MkdirAsync($"d/{backup}/right");
        }

        await RunAsync(async (thread, random) =>
        {
            var root = $"d/{thread % Backups}";
            for (var round = 0; round < Rounds; round++)
            {
                await DoAnythingAsync(mount, root, random);
            }
        });

        Assert.Equal(1, mount.Fs.Inodes.Count);
        for (var backup = 0; backup < Backups; backup++)
        {
            var life = await mount.LifeAsync($"{backup}");
            Assert.True(life.IsAtRest);
            Assert.Equal(FsError.None, await mount.EndAsync($"d/{backup}"));
            var shown = await WalkAsync(mount, $"d/{backup}");
            var stored = (await mount.ManifestAsync("d", $"{backup}"))!.Entries.Select(entry => entry.Path).Where(path => path.Length > 0);
            Assert.Equal(stored.Order(StringComparer.Ordinal), shown.Order(StringComparer.Ordinal));
        }

        Assert.True(mount.Fs.HasNothingInHand);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_thread_finds_what_it_wrote_while_the_directories_above_are_renamed(bool onDisk)
    {
        using var disk = new TemporaryStorage();
        await using var mount = await TestMount.StartAsync(wrap: memory => onDisk ? disk.Storage : memory);
        await mount.MkdirAsync("d");
        await mount.MkdirAsync("d/b");
        await mount.MkdirAsync("d/b/top");
        await mount.MkdirAsync("d/b/top/sub");
        var sub = (await mount.LookupAsync("d/b/top/sub")).Value.Inode;
        using var over = new CancellationTokenSource();
        var renaming = Task.Run(async () =>
        {
            for (var turn = 0; !over.IsCancellationRequested; turn++)
            {
                var (from, to) = turn % 2 == 0 ? ("d/b/top", "d/b/moved") : ("d/b/moved", "d/b/top");
                Assert.Equal(FsError.None, await mount.RenameAsync(from, to));
            }

            if (await mount.ExistsAsync("d/b/top") != FsError.None)
            {
                Assert.Equal(FsError.None, await mount.RenameAsync("d/b/moved", "d/b/top"));
            }
        });

        // By inode, as the kernel does: a rename above must never be noticed.
        await RunAsync(async (thread, _) =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                var name = $"{thread}.{round}";
                var created = await mount.Fs.CreateAsync(
                    sub, name, new NewEntry(0x1A4), FileAccessMode.ReadWrite, exclusive: true, truncate: false, TestMount.Nobody, CancellationToken.None);
                Assert.Equal(FsError.None, created.Error);
                var inode = created.Value.Entry.Inode;
                Assert.Equal(FsError.None, await mount.WriteAsync(created.Value.File, name));
                Assert.Equal(FsError.None, await mount.CloseAsync(created.Value.File));
                Assert.Equal(name.Length, (await mount.Fs.GetAttributesAsync(inode, null, CancellationToken.None)).Value.Size);
                Assert.Equal(FsError.None, await mount.Fs.RenameAsync(
                    sub, name, sub, name + ".done", RenameMode.NoReplace, TestMount.Nobody, CancellationToken.None));
                var found = await mount.Fs.LookupAsync(sub, name + ".done", CancellationToken.None);
                Assert.Same(inode, found.Value.Inode);
                if (round % 3 == 0)
                {
                    Assert.Equal(FsError.None, await mount.Fs.UnlinkAsync(sub, name + ".done", TestMount.Nobody, CancellationToken.None));
                }

                mount.Fs.Forget(inode, 2);
            }
        });
        await over.CancelAsync();
        await Eventually.InTimeAsync(renaming);
        mount.Fs.Forget(sub, 1);

        Assert.Equal(1, mount.Fs.Inodes.Count);
        var expected = Enumerable.Range(0, Threads)
            .SelectMany(thread => Enumerable.Range(0, Rounds).Where(round => round % 3 != 0).Select(round => $"{thread}.{round}.done"));
        Assert.Equal(expected.Order(StringComparer.Ordinal), await mount.ListAsync("d/b/top/sub"));
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
        Assert.Equal("7.10", await mount.ReadFileAsync("d/b/top/sub/7.10.done"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Opening_a_name_to_create_it_never_fails_while_others_unlink_it(bool onDisk)
    {
        using var disk = new TemporaryStorage();
        await using var mount = await TestMount.StartAsync(wrap: memory => onDisk ? disk.Storage : memory);
        await mount.MkdirAsync("d");
        await mount.MkdirAsync("d/b");

        await RunAsync(async (thread, _) =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                if (thread % 2 == 0)
                {
                    Assert.Equal(FsError.None, await mount.WriteFileAsync("d/b/file", "x"));
                }
                else
                {
                    Assert.True(await mount.UnlinkAsync("d/b/file") is FsError.None or FsError.NotFound);
                }
            }
        });

        Assert.Equal(1, mount.Fs.Inodes.Count);
    }

    [Fact]
    public async Task Backups_begin_end_vanish_and_are_looked_up_at_the_same_time()
    {
        await using var mount = await TestMount.StartAsync(new FileSystemOptions { AllowRemove = true });
        await mount.MkdirAsync("d");

        await RunAsync(async (thread, random) =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                var name = $"{random.Next(4)}";
                switch (random.Next(6))
                {
                    case 0:
                        await mount.MkdirAsync($"d/{name}.partial");
                        break;
                    case 1:
                        await mount.RenameAsync($"d/{name}.partial", $"d/{name}");
                        break;
                    case 2:
                        await mount.SetAsync("d", ControlAttributes.Remove, name);
                        break;
                    case 3:
                        await mount.SetAsync("d", ControlAttributes.Abort, name);
                        break;
                    case 4:
                        await mount.ListAsync("d");
                        break;
                    default:
                        await mount.ExistsAsync($"d/{name}");
                        break;
                }
            }
        });

        Assert.Equal(1, mount.Fs.Inodes.Count);
        foreach (var name in new[] { "0", "1", "2", "3" })
        {
            await mount.SetAsync("d", ControlAttributes.Abort, name);
        }

        Assert.True(mount.Fs.HasNothingInHand);
    }

    private static async Task DoAnythingAsync(TestMount mount, string root, Random random)
    {
        var directory = $"{root}/{(random.Next(2) == 0 ? "left" : "right")}";
        var path = $"{directory}/{random.Next(5)}";
        var other = $"{root}/{(random.Next(2) == 0 ? "left" : "right")}/{random.Next(5)}";

        // The path may be renamed under our hands at every step: errors are values, and none of them is for us.
        var inode = await mount.LookupAsync(path);
        switch (random.Next(9))
        {
            case 0:
                await IgnoringMissingParentsAsync(() => mount.WriteFileAsync(path, "x"));
                break;
            case 1:
                await IgnoringMissingParentsAsync(() => mount.UnlinkAsync(path));
                break;
            case 2:
                await IgnoringMissingParentsAsync(() => mount.RenameAsync(path, other));
                break;
            case 3:
                await mount.RenameAsync($"{root}/left", $"{root}/right", RenameMode.Exchange);
                break;
            case 4:
                await IgnoringMissingParentsAsync(() => mount.MkdirAsync(path));
                break;
            case 5:
                await IgnoringMissingParentsAsync(() => mount.RmdirAsync(path));
                break;
            case 6 when inode.IsOk:
                await mount.Fs.SetAttributesAsync(inode.Value.Inode, new EntryChanges { Mode = 0x1C0 }, null, TestMount.Nobody, CancellationToken.None);
                await mount.Fs.GetAttributesAsync(inode.Value.Inode, null, CancellationToken.None);
                break;
            case 7 when inode is { IsOk: true, Value.Inode: EntryInode { Type: EntryType.File } }:
                var opened = await mount.Fs.OpenAsync(inode.Value.Inode, FileAccessMode.ReadWrite, false, TestMount.Nobody, CancellationToken.None);
                if (opened.IsOk)
                {
                    Assert.Equal(FsError.None, await mount.WriteAsync(opened.Value, "y"));
                    Assert.Equal(FsError.None, await mount.CloseAsync(opened.Value));
                }

                break;
            default:
                await IgnoringMissingParentsAsync(async () =>
                {
                    await mount.ListAsync(directory);
                    return FsError.None;
                });
                break;
        }

        if (inode.IsOk)
        {
            mount.Fs.Forget(inode.Value.Inode, 1);
        }
    }

    /// <summary><c>left</c> and <c>right</c> always exist: swapping them is one step.</summary>
    private static async Task IgnoringMissingParentsAsync(Func<Task<FsError>> operation)
    {
        var error = await operation();
        Assert.True(
            error is FsError.None or FsError.NotFound or FsError.AlreadyExists or FsError.NotEmpty or FsError.IsADirectory or FsError.NotADirectory
                or FsError.InvalidArgument,
            $"unexpected: {error}");
    }

    private static async Task<List<string>> WalkAsync(TestMount mount, string path, string below = "")
    {
        var found = new List<string>();
        foreach (var name in await mount.ListAsync(path))
        {
            found.Add(below + name);
            if ((await mount.StatAsync($"{path}/{name}")).Value.Type == EntryType.Directory)
            {
                found.AddRange(await WalkAsync(mount, $"{path}/{name}", $"{below}{name}/"));
            }
        }

        return found;
    }

    private static async Task RunAsync(Func<int, Random, Task> body)
    {
        var tasks = Enumerable.Range(0, Threads)
            .Select(thread => Task.Factory.StartNew(
                () => body(thread, new Random(thread)), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap())
            .ToArray();
        await Task.WhenAll(tasks).WaitAsync(TimeSpan.FromMinutes(2));
    }
}
