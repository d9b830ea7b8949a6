namespace BackupFs.Fuse.Tests.Mounting;

public sealed class AttributeTests
{
    [Fact]
    public async Task Extended_attributes_are_set_read_listed_and_removed()
    {
        await using TestMount mount = await TestMount.CreateAsync();
        string path = mount.At("f");
        await File.WriteAllTextAsync(path, "x");
        byte[] large = new byte[40_000];
        new Random(3).NextBytes(large);

        Assert.Equal(Errno.ENODATA, ExtendedAttributes.Get(path, "user.one", out _));
        Assert.Equal(Errno.ENODATA, ExtendedAttributes.Set(path, "user.one", "1"u8, XattrSetFlags.Replace));
        Assert.Equal(Errno.None, ExtendedAttributes.Set(path, "user.one", "1"u8));
        Assert.Equal(Errno.EEXIST, ExtendedAttributes.Set(path, "user.one", "1"u8, XattrSetFlags.Create));
        Assert.Equal(Errno.None, ExtendedAttributes.Set(path, "user.large", large));
        Assert.Equal(Errno.None, ExtendedAttributes.Set(path, "user.empty", default));
        Assert.Equal(Errno.None, ExtendedAttributes.Get(path, "user.large", out byte[] read));
        Assert.Equal(large, read);
        Assert.Equal(Errno.None, ExtendedAttributes.Get(path, "user.empty", out byte[] empty));
        Assert.Empty(empty);
        Assert.Equal(Errno.None, ExtendedAttributes.List(path, out IReadOnlyList<string> names));
        Assert.Equal(["user.empty", "user.large", "user.one"], names);
        Assert.Equal(Errno.None, ExtendedAttributes.Remove(path, "user.large"));
        Assert.Equal(Errno.ENODATA, ExtendedAttributes.Remove(path, "user.large"));
        Assert.Equal(Errno.ENOENT, ExtendedAttributes.Get(mount.At("absent"), "user.one", out _));
        Assert.Contains("user.one=\"1\"", await mount.ShellAsync("getfattr -d f"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Statx_shows_the_time_of_birth()
    {
        await using TestMount mount = await TestMount.CreateAsync();
        await mount.ShellAsync("touch f");
        string birth = (await mount.ShellAsync("stat -c %W f")).Trim();
        Assert.Contains(birth, new[] { "1000000000", "0" }); // 0: a kernel without STATX in the protocol
        Assert.True(birth == "1000000000" || mount.Session.Connection.KernelMinor < 39, birth);
    }

    [Fact]
    public async Task Times_have_nanoseconds()
    {
        await using TestMount mount = await TestMount.CreateAsync();
        await mount.ShellAsync("touch -d '2001-02-03 04:05:06.123456789 UTC' f; touch -d '1960-01-01 UTC' old");
        Assert.Contains("04:05:06.123456789", await mount.ShellAsync("TZ=UTC stat -c %y f"), StringComparison.Ordinal);
        Assert.StartsWith("1960-01-01", await mount.ShellAsync("TZ=UTC stat -c %y old"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Figures_of_the_file_system_are_shown()
    {
        await using TestMount mount = await TestMount.CreateAsync();
        Assert.Equal("1000 600 500 4096 255\n", await mount.ShellAsync("stat -f -c '%b %f %a %S %l' ."));
    }
}
