using BackupFs.Cli.Mounting;
using Xunit;

namespace BackupFs.Cli.Tests;

/// <summary>The program as a process.</summary>
public class ProcessTests
{
    [Theory]
    [InlineData(0, "--version")]
    [InlineData(0, "--help")]
    [InlineData(2)]
    [InlineData(2, "mout")]
    [InlineData(2, "mount", "--dir-levels=x", "/mnt")]
    [InlineData(1, "status", "/proc")]
    [InlineData(1, "list", "--storage", "nosuch://host/b")]
    public async Task Exit_statuses_are_those_documented(int status, params string[] arguments)
    {
        var run = await ProgramRun.StartAsync(ProgramRun.BackupFs, arguments);
        Assert.Equal(status, run.Status);
        Assert.Equal(status == 0, run.Error.Length == 0);
        Assert.Equal(status != 0, run.Output.Length == 0);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("end", "d/n")]
    [InlineData("abort", "d/n")]
    [InlineData("resume", "d/n")]
    [InlineData("remove", "d/n")]
    [InlineData("checksums", "d/n")]
    [InlineData("mount", "--foreground", "MOUNTPOINT")]
    [InlineData("mount", "MOUNTPOINT")]
    public async Task Secrets_are_never_printed(params string[] arguments)
    {
        using var temporary = new TemporaryDirectory();
        arguments = [.. arguments.Select(argument => argument == "MOUNTPOINT" ? temporary.At("mnt") : argument)];
        Directory.CreateDirectory(temporary.At("mnt"));
        if (arguments[0] == "mount")
        {
            arguments = [.. arguments, "--log-file", temporary.At("b.log")];
        }

        foreach (var url in (string[])["nosuch://key:hunter2@host/b?token=hunter2", "nosuch://key:hunter2@ho#st/b", "nosuch://key:hunter2@host/%zz"])
        {
            var environment = new Dictionary<string, string?> { ["BACKUPFS_STORAGE"] = url };
            var fromEnvironment = await ProgramRun.StartAsync(
                ProgramRun.BackupFs, arguments[0] == "mount" || arguments[0] == "list" ? arguments : [.. arguments, "--storage", url], environment);
            Assert.Equal(ExitCode.Failed, fromEnvironment.Status);
            Assert.DoesNotContain("hunter2", fromEnvironment.Output + fromEnvironment.Error, StringComparison.Ordinal);
            Assert.False(File.Exists(temporary.At("b.log")) && File.ReadAllText(temporary.At("b.log")).Contains("hunter2", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_background_process_has_nothing_secret_in_its_arguments()
    {
        var start = BackgroundMount.StartInfo(new MountRequest { Storage = "s3://key:hunter2@host/b", MountPoint = "/mnt/b" });
        Assert.DoesNotContain(start.ArgumentList, argument => argument.Contains("hunter2", StringComparison.Ordinal));
        Assert.Equal("/mnt/b", start.ArgumentList[^1]);
    }

    [Fact]
    public async Task The_background_process_is_not_for_users()
    {
        var run = await ProgramRun.StartAsync(ProgramRun.BackupFs, ["mount-daemon", "/mnt"]);
        Assert.Equal(ExitCode.Usage, run.Status);
        Assert.Contains("is started by 'backupfs mount'", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Output_that_nobody_reads_any_longer_is_no_crash()
    {
        var run = await ProgramRun.StartAsync("sh", ["-c", "\"$0\" mount --help | head -n 1", ProgramRun.BackupFs]);
        Assert.Equal((0, ""), (run.Status, run.Error));
        Assert.StartsWith("usage: backupfs mount", run.Output, StringComparison.Ordinal);
    }
}
