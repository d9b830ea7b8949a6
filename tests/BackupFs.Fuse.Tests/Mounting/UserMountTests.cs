namespace BackupFs.Fuse.Tests.Mounting;

/// <summary>Mounting by fusermount3.</summary>
public sealed class UserMountTests
{
    [Fact]
    public async Task An_ordinary_user_mounts_uses_and_unmounts()
    {
        await using MountProcess mount = await MountProcess.StartAsync("name,with\\both");
        Assert.Equal("ready", mount.FirstLine);
        MountEntry entry = Assert.IsType<MountEntry>(mount.Entry);
        Assert.Equal("fuse.backupfs", entry.Type);
        Assert.Equal("name,with\\both", entry.Source);
        Assert.Contains("nosuid", entry.Options, StringComparison.Ordinal);
        Assert.Contains("nodev", entry.Options, StringComparison.Ordinal);
        Assert.Equal("hello\n", (await mount.ShellAsUserAsync("mkdir d; echo hello > d/f; cat d/f")).Output);
        if (Account.IsRoot)
        {
            ShellResult others = await mount.ShellAsync($"ls {mount.Mountpoint}");
            Assert.Contains("Permission denied", others.Output, StringComparison.Ordinal); // not even root may look
        }

        Assert.Equal("Unmounted", await mount.StopAsync());
    }

    [Fact]
    public async Task Access_of_others_has_to_be_allowed_in_fuse_conf()
    {
        bool allowed = File.Exists("/etc/fuse.conf")
            && File.ReadLines("/etc/fuse.conf").Any(line => line.Trim() == "user_allow_other");
        await using MountProcess mount = await MountProcess.StartAsync("x", more: "allow_other");
        if (allowed)
        {
            Assert.Equal("ready", mount.FirstLine);
        }
        else
        {
            Assert.StartsWith("AllowOtherDisabled:", mount.FirstLine, StringComparison.Ordinal);
            Assert.Contains("/etc/fuse.conf", mount.FirstLine, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_mount_point_of_somebody_else_is_refused()
    {
        if (!Account.IsRoot)
        {
            FuseMountException refused = await Assert.ThrowsAsync<FuseMountException>(
                () => FuseSession.MountAsync("/usr", new Memory.MemoryFileSystem()));
            Assert.Equal(FuseMountFailure.NotPermitted, refused.Failure);
            return;
        }

        await using MountProcess mount = await MountProcess.StartAsync("x", mountpointOfRoot: true);
        Assert.StartsWith("NotPermitted:", mount.FirstLine, StringComparison.Ordinal);
    }
}
