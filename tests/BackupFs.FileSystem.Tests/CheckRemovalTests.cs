using BackupFs.FileSystem.Tests.Support;

namespace BackupFs.FileSystem.Tests;

/// <summary>What is asked before a removal that cannot fail any more.</summary>
public class CheckRemovalTests
{
    [Theory]
    [InlineData("", FsError.NotPermitted)]
    [InlineData("d", FsError.NotEmpty)]
    [InlineData("empty", FsError.None)]
    [InlineData("d/b", FsError.NotEmpty)]
    [InlineData("d/b/f", FsError.None)]
    [InlineData("d/b/sub", FsError.NotEmpty)]
    [InlineData("d/b/bare", FsError.None)]
    public async Task In_an_open_backup_only_what_is_not_empty_is_refused(string path, FsError expected)
    {
        await using var mount = await TestMount.BegunAsync();
        Assert.Equal(FsError.None, await mount.MkdirAsync("empty"));
        Assert.Equal(FsError.None, await mount.WriteFileAsync("d/b/f", "x"));
        Assert.Equal(FsError.None, await mount.MkdirAsync("d/b/sub"));
        Assert.Equal(FsError.None, await mount.WriteFileAsync("d/b/sub/f", "x"));
        Assert.Equal(FsError.None, await mount.MkdirAsync("d/b/bare"));
        Assert.Equal(expected, await CheckAsync(mount, path));
        Assert.Equal(FsError.None, await mount.ExistsAsync("d/b/sub/f"));
    }

    [Fact]
    public async Task An_empty_open_backup_may_be_removed()
    {
        await using var mount = await TestMount.BegunAsync();
        Assert.Equal(FsError.None, await CheckAsync(mount, "d/b"));
        Assert.Equal("open", await mount.StateAsync("d/b"));
    }

    [Fact]
    public async Task In_a_complete_backup_it_takes_the_option()
    {
        await using (var mount = await TestMount.CompleteAsync())
        {
            Assert.Equal(FsError.NotPermitted, await CheckAsync(mount, "d/b/file"));
            Assert.Equal(FsError.NotPermitted, await CheckAsync(mount, "d/b"));
        }

        await using (var mount = await TestMount.CompleteAsync(new FileSystemOptions { AllowRemove = true }))
        {
            Assert.Equal(FsError.None, await CheckAsync(mount, "d/b/file"));
            Assert.Equal(FsError.NotEmpty, await CheckAsync(mount, "d/b/sub"));
            Assert.Equal(FsError.None, await mount.UnlinkAsync("d/b/sub/file"));
            Assert.Equal(FsError.None, await CheckAsync(mount, "d/b/sub"));
        }
    }

    [Fact]
    public async Task The_path_of_an_inode_is_the_one_it_is_found_by()
    {
        await using var mount = await TestMount.BegunAsync(shownName: "b.partial");
        Assert.Equal(FsError.None, await mount.WriteFileAsync("d/b.partial/f", "x"));
        foreach (var path in (string[])["", "d", "d/b.partial", "d/b.partial/f"])
        {
            Assert.Equal(path, await mount.WithAsync(path, inode => Task.FromResult(mount.Fs.PathOf(inode))));
        }

        var open = (await mount.OpenAsync("d/b.partial/f", Storage.FileAccessMode.Read)).Value;
        Assert.Equal(FsError.None, await mount.UnlinkAsync("d/b.partial/f"));
        Assert.Null(mount.Fs.PathOf(open.Inode));
        await mount.CloseAsync(open);
    }

    [Fact]
    public void An_ending_says_what_it_was()
    {
        Assert.Equal("killed by signal 9", new ProcessEnding(9, 0).ToString());
        Assert.Equal("killed with status 0xC0000005", new ProcessEnding(unchecked((int)0xC0000005), 0).ToString());
        Assert.True(new ProcessEnding(-1, 0).IsKilled);
    }

    private static Task<FsError> CheckAsync(TestMount mount, string path) =>
        mount.WithAsync(path, async inode => await mount.Fs.CheckRemovalAsync(inode, CancellationToken.None));
}
