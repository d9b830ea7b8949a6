using BackupFs.Cli;
using BackupFs.Cli.Mounting;
using BackupFs.Cli.Parsing;
using BackupFs.Cli.Verbs;
using BackupFs.FileSystem;
using BackupFs.Mount;
using Microsoft.Extensions.Logging;
using Xunit;

namespace BackupFs.Cli.Tests;

public class MountOptionTests
{
    [Fact]
    public void Defaults_are_those_of_the_design()
    {
        var request = Request("/mnt");
        Assert.Equal("/var/lib/backupfs", request.Storage);
        Assert.Equal("/mnt", request.MountPoint);
        Assert.Equal(new FileSystemOptions(), request.FileSystem);
        Assert.Null(request.FileSystem.DirectoryLevels);
        Assert.Equal(EndPolicy.Idle, request.FileSystem.End);
        Assert.Equal(TimeSpan.FromSeconds(30), request.FileSystem.SettleTime);
        Assert.Equal(WriterPolicy.Strict, request.FileSystem.Writers);
        Assert.Equal(PassthroughMode.Auto, request.Passthrough);
        Assert.Equal(LogLevel.Information, request.LogLevel);
        Assert.Equal("/var/log/backupfs.log", request.LogFile);
        Assert.Equal(0, request.Umask);
        Assert.False(request.AllowOther);
    }

    [Fact]
    public void Every_option_reaches_the_request()
    {
        var request = Request(
            "--storage", "file:///srv/b", "--dir-levels", "2", "--end", "manual", "--writers", "signals", "--allow-remove", "--show-incomplete",
            "--read-only", "--allow-other", "--uid", "1000", "--gid=100", "--umask", "027", "--passthrough", "writes", "--log-level", "debug",
            "--log-file", "/tmp/b.log", "/mnt/b");
        Assert.Equal("file:///srv/b", request.Storage);
        Assert.Equal("/mnt/b", request.MountPoint);
        Assert.Equal(2, request.FileSystem.DirectoryLevels);
        Assert.Equal(EndPolicy.Manual, request.FileSystem.End);
        Assert.Equal(WriterPolicy.Signals, request.FileSystem.Writers);
        Assert.True(request.FileSystem.AllowRemove);
        Assert.True(request.FileSystem.ShowIncomplete);
        Assert.True(request.FileSystem.ReadOnly);
        Assert.True(request.AllowOther);
        Assert.Equal(1000u, request.UserId);
        Assert.Equal(100u, request.GroupId);
        Assert.Equal(0b000_010_111, request.Umask);
        Assert.Equal(PassthroughMode.Writes, request.Passthrough);
        Assert.Equal(LogLevel.Debug, request.LogLevel);
        Assert.Equal("/tmp/b.log", request.LogFile);
        var options = request.ToMountOptions("file:///srv/b");
        Assert.True(options.ReadOnly);
        Assert.Equal(1000u, options.UserId);
    }

    [Theory]
    [InlineData("idle", EndPolicy.Idle, 30_000)]
    [InlineData("idle:500ms", EndPolicy.Idle, 500)]
    [InlineData("idle:5m", EndPolicy.Idle, 300_000)]
    [InlineData("idle:1h", EndPolicy.Idle, 3_600_000)]
    [InlineData("idle:1.5s", EndPolicy.Idle, 1_500)]
    [InlineData("manual", EndPolicy.Manual, 30_000)]
    [InlineData("fsync", EndPolicy.Fsync, 30_000)]
    public void End_policies_are_read(string value, EndPolicy policy, int settleMilliseconds)
    {
        var options = Request("--end", value, "/mnt").FileSystem;
        Assert.Equal(policy, options.End);
        Assert.Equal(TimeSpan.FromMilliseconds(settleMilliseconds), options.SettleTime);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0, "--close", "stored")]
    [InlineData(64, "--close=deferred")]
    [InlineData(64, "-o", "close=deferred")]
    [InlineData(20, "--close", "deferred", "--requests", "10")]
    public void Closes_are_deferred_only_where_that_is_asked_for(int most, params string[] options) =>
        Assert.Equal(most, Request([.. options, "/mnt"]).FileSystem.DeferredCloses);

    [Theory]
    [InlineData("--dir-levels", "0", "a number from 1 to 16")]
    [InlineData("--dir-levels", "17", "auto")]
    [InlineData("--dir-levels", "two", "auto")]
    [InlineData("--end", "never", "idle:TIME")]
    [InlineData("--end", "idle:", "500ms")]
    [InlineData("--end", "idle:30", "500ms")]
    [InlineData("--end", "idle:0s", "500ms")]
    [InlineData("--end", "idle:-1s", "500ms")]
    [InlineData("--end", "idle:1000000d", "500ms")]
    [InlineData("--close", "later", "stored or deferred")]
    [InlineData("--writers", "Strict", "strict, signals or off")]
    [InlineData("--uid", "root", "a number from 0 to")]
    [InlineData("--gid", "-1", "a number from 0 to")]
    [InlineData("--uid", "4294967295", "a number from 0 to 4294967294")]
    [InlineData("--umask", "8", "octal")]
    [InlineData("--umask", "1777", "octal")]
    [InlineData("--passthrough", "on", "auto, writes or off")]
    [InlineData("--log-level", "verbose", "trace, debug, info, warning or error")]
    public async Task A_bad_value_is_refused_with_the_option_the_value_and_what_is_accepted(string option, string value, string accepted)
    {
        var world = new TestWorld();
        Assert.Equal(ExitCode.Usage, await world.RunAsync("mount", $"{option}={value}", "/mnt"));
        Assert.Contains($"bad value '{value}' for {option}: accepted is", world.Error.ToString(), StringComparison.Ordinal);
        Assert.Contains(accepted, world.Error.ToString(), StringComparison.Ordinal);
        Assert.Contains("backupfs mount --help", world.Error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mount", "--storage")]
    [InlineData("mount", "/mnt", "--log-file")]
    [InlineData("mount", "--end", "--read-only", "/mnt")]
    [InlineData("unmount", "/mnt", "--timeout")]
    public async Task An_option_without_its_value_is_refused(params string[] arguments)
    {
        var world = new TestWorld();
        Assert.Equal(ExitCode.Usage, await world.RunAsync(arguments));
        Assert.Contains("needs a value: --", world.Error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mount", "--dir-level=1", "did you mean --dir-levels?")]
    [InlineData("mount", "--readonly", "did you mean --read-only?")]
    [InlineData("mount", "-q", "'mount' has no option -q")]
    [InlineData("list", "--jsn", "did you mean --json?")]
    [InlineData("list", "--allow-other", "'list' has no option --allow-other")]
    public async Task An_unknown_option_is_refused_with_the_one_that_was_meant(string verb, string option, string message)
    {
        var world = new TestWorld();
        Assert.Equal(ExitCode.Usage, await world.RunAsync(verb, option, "/mnt"));
        Assert.Contains(message, world.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_option_given_twice_is_refused()
    {
        var world = new TestWorld();
        Assert.Equal(ExitCode.Usage, await world.RunAsync("mount", "--end=manual", "-o", "end=fsync", "/mnt"));
        Assert.Contains("--end is given more than once", world.Error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mount")]
    [InlineData("mount", "/a", "/b")]
    [InlineData("mount", "")]
    [InlineData("unmount")]
    [InlineData("status", "/a", "/b")]
    [InlineData("end")]
    [InlineData("verify", "/a", "/b")]
    public async Task A_wrong_number_of_arguments_is_refused(params string[] arguments)
    {
        var world = new TestWorld();
        Assert.Equal(ExitCode.Usage, await world.RunAsync(arguments));
        Assert.StartsWith($"backupfs: '{arguments[0]}' ", world.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_after_two_dashes_may_begin_with_a_dash() =>
        Assert.EndsWith("/-odd", Request("--", "-odd").MountPoint, StringComparison.Ordinal);

    [Fact]
    public void The_request_survives_its_way_to_the_background_process()
    {
        var request = Request("--storage", "s3://key:se%cret@host/b", "--uid", "7", "--end", "idle:2s", "--passthrough", "off", "-o", "noatime,nodev", "/mnt/ä ö");
        var line = BackgroundMessage.ToLine(request);
        Assert.DoesNotContain('\n', line);
        var received = BackgroundMessage.FromLine<MountRequest>(line)!;
        Assert.Equal(request.KernelOptions, received.KernelOptions);
        Assert.Equal(request with { KernelOptions = received.KernelOptions }, received);
    }

    /// <summary>What <c>backupfs mount</c> makes of arguments.</summary>
    internal static MountRequest Request(params string[] arguments) =>
        ((MountVerb)ArgumentParser.Parse(["mount", .. arguments])).ToRequest(new TestWorld().Context);
}
