using BackupFs.Fuse.Interop;
using BackupFs.Fuse.Mounting;
using BackupFs.Fuse.Tests.Memory;

namespace BackupFs.Fuse.Tests.Mounting;

public sealed class SessionTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Notifications_make_the_kernel_ask_again()
    {
        await using TestMount mount = await TestMount.CreateAsync();
        await mount.ShellAsync("echo one > f; cat f; stat f");
        MemoryNode node;
        lock (mount.Files.Gate)
        {
            node = mount.Files.Root.Children["f"];
            "two\n"u8.CopyTo(node.Data);
        }

        mount.Session.Notifier.InvalidateInode(node.Id);
        await mount.Session.Notifier.FlushAsync().WaitAsync(Limit);
        Assert.Equal("two\n", await mount.ShellAsync("cat f"));

        lock (mount.Files.Gate)
        {
            mount.Files.Root.Children.Remove("f");
            mount.Files.Root.Children["g"] = node;
        }

        mount.Session.Notifier.InvalidateEntry(1, "f"u8, expireOnly: true);
        mount.Session.Notifier.InvalidateEntry(1, "f"u8);
        mount.Session.Notifier.InvalidateEntry(1, "never-seen"u8);
        await mount.Session.Notifier.FlushAsync().WaitAsync(Limit);
        Assert.Equal("two\n", await mount.ShellAsync("cat g; test ! -e f"));

        lock (mount.Files.Gate)
        {
            mount.Files.Root.Children.Remove("g");
        }

        mount.Session.Notifier.Delete(1, node.Id, "g"u8);
        await mount.Session.Notifier.FlushAsync().WaitAsync(Limit);
        await mount.ShellAsync("test ! -e g");
    }

    [Fact]
    public async Task After_the_end_everything_is_harmless()
    {
        TestMount mount = await TestMount.CreateAsync();
        await mount.DisposeAsync();
        mount.Session.Notifier.InvalidateInode(1);
        await mount.Session.Notifier.FlushAsync().WaitAsync(Limit);
        await mount.Session.DisposeAsync();
        Assert.Null(mount.Session.Passthrough.Register(new Microsoft.Win32.SafeHandles.SafeFileHandle(), out _));
        Assert.Equal(0, mount.Session.Readers);
        Assert.True(mount.Files.Destroyed);
    }

    [Fact]
    public async Task A_lazy_unmount_ends_when_the_last_file_is_closed()
    {
        await using TestMount mount = await TestMount.CreateAsync();
        FileStream file = File.Create(mount.At("f"));
        await mount.Session.UnmountAsync(lazy: true);
        Assert.Empty(Directory.GetFileSystemEntries(mount.Path));
        file.WriteByte(1);
        await file.FlushAsync();
        Assert.False(mount.Session.Ended.IsCompleted);
        await file.DisposeAsync();
        Assert.Equal(SessionEnding.Unmounted, await mount.Session.Ended.WaitAsync(Limit));
        Assert.True(mount.Files.Destroyed);
    }

    [Fact]
    public async Task A_descriptor_that_is_mounted_already_is_served()
    {
        if (!Account.IsRoot)
        {
            await Assert.ThrowsAsync<FuseMountException>(() => FuseSession.MountAsync("/dev/fd/987", new MemoryFileSystem()));
            return;
        }

        string path = Directory.CreateTempSubdirectory("backupfs-fuse-").FullName;
        DirectMount given = DirectMount.Mount(path, new FuseMountOptions());
        FuseSession session = await FuseSession.MountAsync(
            $"/dev/fd/{given.Device.DangerousGetHandle()}", new MemoryFileSystem(), new FuseMountOptions());
        given.Device.SetHandleAsInvalid(); // the session owns it now
        await File.WriteAllTextAsync(Path.Combine(path, "f"), "x");
        Assert.Equal("x", await File.ReadAllTextAsync(Path.Combine(path, "f")));
        await Assert.ThrowsAsync<FuseMountException>(() => session.UnmountAsync());
        Assert.Equal(Errno.None, MountCalls.Unmount(path, 0));
        Assert.Equal(SessionEnding.Unmounted, await session.Ended.WaitAsync(Limit));
        Directory.Delete(path);
    }

    [Fact]
    public async Task Read_ahead_is_raised_by_root()
    {
        await using TestMount mount = await TestMount.CreateAsync(options: new FuseMountOptions { ReadaheadKibibytes = 777 });
        MountEntry entry = MountTable.Covering(mount.Path)!;
        string set = await File.ReadAllTextAsync($"/sys/class/bdi/{entry.Device}/read_ahead_kb");
        Assert.Equal(Account.IsRoot ? "776" : "128", set.Trim()); // in whole pages
    }

    [Fact]
    public async Task A_mount_shows_its_name_type_and_options()
    {
        var options = new FuseMountOptions { Name = "store one", Subtype = "other", ReadOnly = true, NoExec = true };
        await using TestMount mount = await TestMount.CreateAsync(options: options);
        MountEntry entry = MountTable.Covering(mount.At("some/thing"))!;
        Assert.Equal(mount.Path, entry.Mountpoint);
        Assert.Equal("store one", entry.Source);
        Assert.Equal("fuse.other", entry.Type);
        Assert.True(entry.IsReadOnly);
        foreach (string option in new[] { "nosuid", "nodev", "noatime", "noexec" })
        {
            Assert.Contains(option, entry.Options.Split(','));
        }

        ShellResult result = await Shell.RunAsync("touch x", mount.Path);
        Assert.Contains("Read-only file system", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Threads_started_by_a_handler_are_not_pinned()
    {
        var files = new AffinityFileSystem();
        await using TestMount mount = await TestMount.CreateAsync(files);
        await mount.ShellAsync("stat -f .");
        Assert.Equal(CpuAffinity.OfProcess().Count, await files.Cpus.Task.WaitAsync(Limit));
    }

    private sealed class AffinityFileSystem : MemoryFileSystem
    {
        internal TaskCompletionSource<int> Cpus { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void Statfs(FuseRequest request, ulong node)
        {
            new Thread(() => Cpus.TrySetResult(AllowedCpus())).Start();
            base.Statfs(request, node);
        }

        private static int AllowedCpus()
        {
            const string Field = "Cpus_allowed:";
            string mask = File.ReadLines("/proc/thread-self/status").First(line => line.StartsWith(Field, StringComparison.Ordinal));
            IEnumerable<char> digits = mask[Field.Length..].Where(char.IsAsciiHexDigit);
            return digits.Sum(digit => int.PopCount(Convert.ToInt32(digit.ToString(), 16)));
        }
    }
}
