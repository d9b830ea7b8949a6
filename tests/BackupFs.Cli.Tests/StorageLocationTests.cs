using Xunit;

namespace BackupFs.Cli.Tests;

public class StorageLocationTests
{
    [Fact]
    public void The_option_comes_first_the_environment_next()
    {
        var world = new TestWorld();
        world.Environment["BACKUPFS_STORAGE"] = "file:///from/environment";
        Assert.Equal("file:///from/option", StorageLocation.Choose("file:///from/option", world.Context));
        Assert.Equal("file:///from/environment", StorageLocation.Choose(null, world.Context));
        world.Environment["BACKUPFS_STORAGE"] = "";
        Assert.Equal("/var/lib/backupfs", StorageLocation.Choose(null, world.Context));
    }

    [Fact]
    public void Root_has_a_default_of_the_machine_and_a_user_one_of_his_own()
    {
        var world = new TestWorld { IsPrivileged = true };
        Assert.Equal("/var/lib/backupfs", StorageLocation.Choose(null, world.Context));
        world.IsPrivileged = false;
        Assert.Equal("/home/somebody/.local/share/backupfs", StorageLocation.Choose(null, world.Context));
        world.Environment["XDG_DATA_HOME"] = "/data";
        Assert.Equal("/data/backupfs", StorageLocation.Choose(null, world.Context));
        world.Environment["XDG_DATA_HOME"] = "relative/is/invalid";
        Assert.Equal("/home/somebody/.local/share/backupfs", StorageLocation.Choose(null, world.Context));
    }

    [Fact]
    public void A_user_without_a_home_has_to_say_where()
    {
        var world = new TestWorld { IsPrivileged = false };
        world.Environment.Remove("HOME");
        Assert.Contains("--storage", Assert.Throws<UsageException>(() => StorageLocation.Choose(null, world.Context)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_relative_directory_becomes_absolute_because_the_background_process_stands_elsewhere() =>
        Assert.All(["some/dir", "a/b:c"], relative => Assert.Equal(Path.GetFullPath(relative), StorageLocation.Choose(relative, new TestWorld().Context)));

    [Theory]
    [InlineData("file:///srv/b")]
    [InlineData("memory:")]
    [InlineData("s3://bucket/b")]
    public void A_url_stays_as_it_is(string url) => Assert.Equal(url, StorageLocation.Choose(url, new TestWorld().Context));

    [Theory]
    [InlineData("/srv/b", "/srv/b")]
    [InlineData("file:///srv/b", "/srv/b")]
    [InlineData("file:///srv/a%20b", "/srv/a b")]
    [InlineData("s3://bucket/b", null)]
    [InlineData("memory:", null)]
    public void A_local_directory_is_recognised(string location, string? directory) => Assert.Equal(directory, StorageLocation.LocalDirectory(location));
}
