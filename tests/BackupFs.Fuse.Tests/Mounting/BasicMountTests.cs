using System.Text;

namespace BackupFs.Fuse.Tests.Mounting;

public sealed class BasicMountTests
{
    [Fact]
    public async Task What_is_written_is_read_back()
    {
        await using TestMount mount = await TestMount.CreateAsync();
        await File.WriteAllTextAsync(mount.At("a"), "hello");
        Assert.Equal("hello", await File.ReadAllTextAsync(mount.At("a")));
        Assert.Equal(["a"], Directory.GetFileSystemEntries(mount.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Standard_tools_work()
    {
        await using TestMount mount = await TestMount.CreateAsync();
        await mount.ShellAsync("mkdir -p d/e && echo one > d/e/f && cp d/e/f d/g && mv d/g d/h && ln d/h d/i && ln -s h d/link");
        Assert.Equal("one\none\none\none\n", await mount.ShellAsync("cat d/e/f d/h d/i d/link"));
        Assert.Equal("e\nh\ni\nlink\n", await mount.ShellAsync("ls d"));
        Assert.Equal("2 4 regular file\n", await mount.ShellAsync("stat -c '%h %s %F' d/h"));
        Assert.Equal("h\n", await mount.ShellAsync("readlink d/link"));
        await mount.ShellAsync("chmod 640 d/h && touch -d '2001-02-03 04:05:06.789 UTC' d/h && truncate -s 2 d/h");
        Assert.Equal("640 2\n", await mount.ShellAsync("stat -c '%a %s' d/h"));
        await mount.ShellAsync("rm -r d");
        Assert.Equal(string.Empty, await mount.ShellAsync("ls -A"));
    }
}
