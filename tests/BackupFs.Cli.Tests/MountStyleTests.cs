using BackupFs.Cli;
using BackupFs.Cli.Parsing;
using BackupFs.Cli.Verbs;
using BackupFs.FileSystem;
using Xunit;

namespace BackupFs.Cli.Tests;

/// <summary><c>SOURCE MOUNTPOINT -o …</c>, as mount(8) and /etc/fstab say it.</summary>
public class MountStyleTests
{
    [Fact]
    public void Options_of_fstab_become_those_of_the_command_line()
    {
        var request = Request("file:///srv/b", "/mnt/b", "-o", "rw,allow_other,dir-levels=2,end=manual,umask=022,noauto,x-systemd.automount,_netdev,nofail,user=joe,dev,suid");
        Assert.Equal("file:///srv/b", request.Storage);
        Assert.Equal("/mnt/b", request.MountPoint);
        Assert.True(request.AllowOther);
        Assert.False(request.FileSystem.ReadOnly);
        Assert.Equal(2, request.FileSystem.DirectoryLevels);
        Assert.Equal(EndPolicy.Manual, request.FileSystem.End);
        Assert.Equal(0b000_010_010, request.Umask);
        Assert.Empty(request.KernelOptions);
    }

    [Fact]
    public void Every_long_option_can_be_given_in_a_list()
    {
        var options = VerbEntry.Find("mount")!.Options.Where(option => !option.Attribute.Hidden).ToList();
        Assert.True(options.Count >= 15);
        foreach (var option in options)
        {
            var name = option.Attribute.LongName;
            var value = name switch
            {
                "dir-levels" or "uid" or "gid" or "umask" => "=1",
                "end" => "=manual",
                "writers" or "passthrough" => "=off",
                "log-level" => "=info",
                _ => option.TakesValue ? "=/x" : "",
            };
            var arguments = name == "storage" ? (string[])["mount", "-o", $"storage{value}", "/mnt"] : ["mount", "--storage=/s", "-o", $"{name.Replace('-', '_')}{value}", "/mnt"];
            Assert.IsType<MountVerb>(ArgumentParser.Parse(arguments));
        }
    }

    [Fact]
    public void Kernel_options_are_passed_on() =>
        Assert.Equal(["noatime", "noexec"], Request("/srv/b", "/mnt/b", "-o", "noatime,ro", "-o", "noexec").KernelOptions);

    [Fact]
    public void The_flags_of_mount_are_tolerated() =>
        Assert.Equal("/mnt/b", Request("/srv/b", "/mnt/b", "-s", "-f", "-n", "-v", "-sv").MountPoint);

    [Fact]
    public void A_comma_in_a_value_is_escaped() =>
        Assert.Equal("/srv/a,b", Request("/x", "/mnt", "-o", @"log-file=/srv/a\,b,ro").LogFile);

    [Fact]
    public void A_relative_source_becomes_absolute() => Assert.Equal(Path.GetFullPath("./b"), Request("./b", "/mnt").Storage);

    [Theory]
    [InlineData("alow_other", "did you mean allow-other?")]
    [InlineData("dir-levels", "needs a value: dir-levels=VALUE")]
    [InlineData("allow_other=1", "takes no value")]
    [InlineData("storge=/x", "did you mean storage?")]
    [InlineData("fake", "there is no such mount option")]
    [InlineData("kernel-option=x", "there is no such mount option")]
    public async Task A_bad_option_is_refused(string list, string message)
    {
        var world = new TestWorld();
        Assert.Equal(ExitCode.Usage, await world.RunAsync("/srv/b", "/mnt/b", "-o", list));
        Assert.Contains(message, world.Error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mout", "/mnt/b")]
    [InlineData("lst", "/mnt/b")]
    public async Task A_misspelt_command_is_not_taken_for_a_source(params string[] arguments)
    {
        var world = new TestWorld();
        Assert.Equal(ExitCode.Usage, await world.RunAsync(arguments));
        Assert.Contains($"'{arguments[0]}' is not a command", world.Error.ToString(), StringComparison.Ordinal);
        Assert.Contains("did you mean", world.Error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mount.fuse.backupfs")]
    [InlineData("mount.backupfs")]
    public async Task Called_by_mount_the_arguments_are_in_its_style(string name)
    {
        using var temporary = new TemporaryDirectory();
        var world = new TestWorld();
        var status = await CommandLineProgram.RunAsync(
            ["/srv/b", temporary.Path, "-f", "-o", "rw,defaults", "-t", "fuse.backupfs"], world.Context, name, CancellationToken.None);
        Assert.Equal(ExitCode.Ok, status);
        Assert.Contains("not mounted, as -f asks", world.Error.ToString(), StringComparison.Ordinal);
    }

    private static Mounting.MountRequest Request(params string[] arguments)
    {
        Assert.True(MountStyle.IsMount(arguments));
        return MountOptionTests.Request([.. MountStyle.ToMountArguments(arguments, isHelper: false)]);
    }
}
