namespace BackupFs.Fuse.Tests.Mounting;

public sealed class MountTableTests
{
    private static readonly string[] Lines =
    [
        "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
        "30 21 0:40 /sub /mnt/a\\040b rw,nosuid shared:2 master:1 - fuse.backupfs name\\134x ro,user_id=0",
        "31 21 0:41 / /mnt rw - tmpfs tmpfs rw",
        "32 31 0:42 / /mnt/over rw - ext4 /dev/one rw",
        "33 32 0:43 / /mnt/over rw - xfs /dev/two rw",
        "broken line",
        "34 21 0:44 / /empty rw - none  rw",
    ];

    [Fact]
    public void Entries_are_parsed_and_unescaped()
    {
        IReadOnlyList<MountEntry> mounts = MountTable.Parse(Lines);
        Assert.Equal(6, mounts.Count);
        Assert.Equal(
            new MountEntry("0:40", "/sub", "/mnt/a b", "rw,nosuid", "fuse.backupfs", "name\\x", "ro,user_id=0"), mounts[1]);
        Assert.True(mounts[1].IsReadOnly);
        Assert.False(mounts[0].IsReadOnly);
    }

    [Theory]
    [InlineData("/", "ext4")]
    [InlineData("/mntx", "ext4")]
    [InlineData("/mnt", "tmpfs")]
    [InlineData("/mnt/a b/c", "fuse.backupfs")]
    [InlineData("/mnt/over/x", "xfs")]
    public void The_mount_that_covers_a_path_is_the_nearest_and_last(string path, string type) =>
        Assert.Equal(type, MountTable.Covering(MountTable.Parse(Lines), path)!.Type);

    [Fact]
    public void The_real_table_has_a_root() => Assert.Equal("/", MountTable.Covering("/")!.Mountpoint);
}
