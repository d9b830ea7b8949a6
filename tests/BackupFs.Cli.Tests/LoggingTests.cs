using BackupFs.Cli.Logging;
using Microsoft.Extensions.Logging;
using Xunit;

namespace BackupFs.Cli.Tests;

public class LoggingTests
{
    [Fact]
    public void An_event_is_one_line_that_no_name_can_forge()
    {
        var lines = new List<string>();
        using var loggers = LineLoggerProvider.CreateFactory(lines.Add, new FixedTime(), LogLevel.Information);
        var logger = loggers.CreateLogger("BackupFs.FileSystem.Tree");
        CliLog.LeftIncomplete(logger, "db/evil\n2030-01-01T00:00:00.000Z info Mount: completed db/other", "x\u2028y\u001b[31m");
        Assert.Equal(["2030-01-02T03:04:05.678Z warning Tree: left incomplete db/evil 2030-01-01T00:00:00.000Z info Mount: completed db/other: x y [31m\n"], lines);
    }

    [Fact]
    public void An_exception_stays_on_the_line()
    {
        var lines = new List<string>();
        using var loggers = LineLoggerProvider.CreateFactory(lines.Add, new FixedTime(), LogLevel.Information);
        CliLog.Crashed(loggers.CreateLogger("X"), new InvalidOperationException("first\nsecond"));
        Assert.Equal(1, Assert.Single(lines).Count(character => character == '\n'));
        Assert.Contains("critical X: the program failed | System.InvalidOperationException: first second", lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Levels_below_the_least_are_left_out()
    {
        var lines = new List<string>();
        using var loggers = LineLoggerProvider.CreateFactory(lines.Add, new FixedTime(), LogLevel.Warning);
        CliLog.Stopping(loggers.CreateLogger("X"));
        Assert.Empty(lines);
    }

    [Fact]
    public void Warnings_are_kept_until_a_mount_is_ready()
    {
        var lines = new List<string>();
        using var warnings = new StartWarnings();
        using var loggers = LineLoggerProvider.CreateFactory(lines.Add, new FixedTime(), LogLevel.Information, warnings);
        var logger = loggers.CreateLogger("X");
        CliLog.Stopping(logger);
        CliLog.LeftIncomplete(logger, "db/a", "x\ny");
        Assert.Equal(["left incomplete db/a: x y"], warnings.Take());
        CliLog.LeftIncomplete(logger, "db/b", "later");
        Assert.Empty(warnings.Take());
        Assert.Equal(3, lines.Count);
    }

    [Fact]
    public void The_log_file_is_its_owners_alone_and_is_appended_to()
    {
        using var temporary = new TemporaryDirectory();
        var path = temporary.At("state/backupfs.log");
        new LogFile(path).Write("one\n");
        new LogFile(path).Write("two\n");
        Assert.Equal("one\ntwo\n", File.ReadAllText(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void The_log_file_may_be_rotated_away()
    {
        using var temporary = new TemporaryDirectory();
        var log = new LogFile(temporary.At("b.log"));
        log.Write("one\n");
        File.Move(temporary.At("b.log"), temporary.At("b.log.1"));
        log.Write("two\n");
        Assert.Equal("two\n", File.ReadAllText(temporary.At("b.log")));
    }

    [Fact]
    public void A_log_file_that_cannot_be_written_is_refused_at_once()
    {
        using var temporary = new TemporaryDirectory();
        File.WriteAllText(temporary.At("file"), "");
        Assert.Contains("--log-file", Assert.Throws<CommandException>(() => new LogFile(temporary.At("file/b.log"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_user_logs_to_his_own_state_directory()
    {
        var world = new TestWorld { IsPrivileged = false };
        Assert.Equal("/home/somebody/.local/state/backupfs/backupfs.log", LogFile.DefaultPath(world.Context));
        world.Environment["XDG_STATE_HOME"] = "/state";
        Assert.Equal("/state/backupfs/backupfs.log", LogFile.DefaultPath(world.Context));
        world.IsPrivileged = true;
        Assert.Equal("/var/log/backupfs.log", LogFile.DefaultPath(world.Context));
    }

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2030, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
    }
}
