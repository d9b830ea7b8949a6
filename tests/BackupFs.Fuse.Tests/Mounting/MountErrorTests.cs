using BackupFs.Fuse.Mounting;
using BackupFs.Fuse.Tests.Memory;

namespace BackupFs.Fuse.Tests.Mounting;

public sealed class MountErrorTests
{
    [Fact]
    public async Task A_missing_mount_point_is_named()
    {
        FuseMountException error = await Fails("/nonexistent/mount");
        Assert.Equal(FuseMountFailure.NoMountpoint, error.Failure);
        Assert.Contains("mkdir -p /nonexistent/mount", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_is_no_mount_point()
    {
        string path = Path.GetTempFileName();
        FuseMountException error = await Fails(path);
        File.Delete(path);
        Assert.Equal(FuseMountFailure.NotDirectory, error.Failure);
    }

    [Fact]
    public async Task A_dead_mount_is_recognised_and_the_advice_works()
    {
        await using MountProcess mount = await MountProcess.StartAsync("x", asRoot: true);
        Assert.Equal("ready", mount.FirstLine);
        await mount.KillAsync();
        FuseMountException error = await Fails(mount.Mountpoint);
        Assert.Equal(FuseMountFailure.DeadMount, error.Failure);
        string advice = Account.IsRoot ? $"umount {mount.Mountpoint}" : $"fusermount3 -u {mount.Mountpoint}";
        Assert.Contains(advice, error.Message, StringComparison.Ordinal);
        Assert.Equal(0, (await Shell.RunAsync(advice, "/")).ExitCode);
        FuseSession session = await FuseSession.MountAsync(mount.Mountpoint, new MemoryFileSystem());
        await session.DisposeAsync();
    }

    [Fact]
    public async Task Features_that_are_not_supported_are_refused()
    {
        var options = new FuseMountOptions { Features = FuseFeatures.WritebackCache };
        await Assert.ThrowsAsync<ArgumentException>(() => FuseSession.MountAsync("/", new MemoryFileSystem(), options));
    }

    [Fact]
    public async Task A_file_system_that_fails_to_start_leaves_no_mount()
    {
        string path = Directory.CreateTempSubdirectory("backupfs-fuse-").FullName;
        await Assert.ThrowsAsync<InvalidDataException>(() => FuseSession.MountAsync(path, new Serving.FailingStartFileSystem()));
        Assert.DoesNotContain(MountTable.Read(), entry => entry.Mountpoint == path);
        Directory.Delete(path);
    }

    [Fact]
    public async Task A_mount_that_is_gone_cannot_be_unmounted_again()
    {
        await using TestMount mount = await TestMount.CreateAsync();
        await mount.Session.UnmountAsync();
        Assert.Equal(SessionEnding.Unmounted, await mount.Session.Ended.WaitAsync(TimeSpan.FromSeconds(30)));
        FuseMountException error = await Assert.ThrowsAsync<FuseMountException>(() => mount.Session.UnmountAsync());
        Assert.Equal(FuseMountFailure.NotMounted, error.Failure);
    }

    [Fact]
    public void A_missing_fusermount3_names_the_package()
    {
        FuseMountException error = Assert.Throws<FuseMountException>(() => HelperMount.FindProgram("/nonexistent:/proc", []));
        Assert.Equal(FuseMountFailure.NoHelper, error.Failure);
        Assert.Contains("fuse3", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Errno.ENOENT, FuseMountFailure.NoDevice, "modprobe fuse")]
    [InlineData(Errno.EACCES, FuseMountFailure.NotPermitted, "--device /dev/fuse")]
    internal void A_device_that_cannot_be_opened_says_what_to_do(Errno error, FuseMountFailure failure, string advice)
    {
        FuseMountException exception = MountError.Device(error);
        Assert.Equal(failure, exception.Failure);
        Assert.Contains(advice, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_for_fusermount3_are_escaped()
    {
        var options = new FuseMountOptions { Name = "a,b\\c", ReadOnly = true, AllowOther = true, MaxRead = 65536, NoExec = true };
        Assert.Equal(
            "ro,nosuid,nodev,noatime,noexec,allow_other,default_permissions,max_read=65536,fsname=a\\,b\\\\c,subtype=backupfs",
            MountOptionText.ForHelper(options));
    }

    private static Task<FuseMountException> Fails(string mountpoint) =>
        Assert.ThrowsAsync<FuseMountException>(() => FuseSession.MountAsync(mountpoint, new MemoryFileSystem()));
}
