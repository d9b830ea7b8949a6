using BackupFs.FileSystem;
using BackupFs.Mount;
using Xunit;

namespace BackupFs.Cli.Tests;

/// <summary>Verbs that talk to a mount, with a mount that is a dictionary.</summary>
public class ControlVerbTests
{
    private const string Root = "/mnt/b";

    private readonly TestWorld _world = new();

    public ControlVerbTests() => _world.Control.MountAt(Root);

    [Theory]
    [InlineData("end", "/mnt/b/db/monday", "set /mnt/b/db/monday user.backupfs.state complete", "completed db/monday")]
    [InlineData("end", "/mnt/b/db/monday/", "set /mnt/b/db/monday user.backupfs.state complete", "completed db/monday")]
    [InlineData("abort", "/mnt/b/db/monday", "set /mnt/b/db user.backupfs.abort monday", "aborted db/monday")]
    [InlineData("abort", "/mnt/b/db/monday/", "set /mnt/b/db user.backupfs.abort monday", "aborted db/monday")]
    [InlineData("resume", "/mnt/b/db/monday", "set /mnt/b/db user.backupfs.resume monday", "opened db/monday again")]
    [InlineData("remove", "/mnt/b/db/monday", "set /mnt/b/db user.backupfs.remove monday", "removed db/monday")]
    [InlineData("accept", "/mnt/b/db/monday/dump.sql", "set /mnt/b/db/monday/dump.sql user.backupfs.accept 1", "accepted /mnt/b/db/monday/dump.sql")]
    public async Task A_command_is_a_control_attribute(string verb, string path, string call, string message)
    {
        Assert.Equal(ExitCode.Ok, await _world.RunAsync(verb, path));
        Assert.Equal([call], _world.Control.Calls);
        Assert.Equal(message, _world.Output.ToString().TrimEnd());
    }

    [Theory]
    [InlineData("end", "was not ended")]
    [InlineData("abort", "was not aborted")]
    [InlineData("resume", "was not resumed")]
    [InlineData("remove", "was not removed")]
    public async Task A_refusal_says_why(string verb, string refusal)
    {
        _world.Control.OnSet = (_, _, _) => throw new MountException("a.sql is torn\nb.sql is open");
        Assert.Equal(ExitCode.Failed, await _world.RunAsync(verb, "/mnt/b/db/monday"));
        Assert.Equal($"backupfs: '/mnt/b/db/monday' {refusal}:\n  a.sql is torn\n  b.sql is open\n", _world.Error.ToString());
        Assert.Empty(_world.Output.ToString());
    }

    [Theory]
    [InlineData("abort", "complete", "'backupfs remove' removes it")]
    [InlineData("abort", "foreign", "'backupfs remove' removes it")]
    [InlineData("resume", "open", "db/monday is open and was not resumed")]
    [InlineData("resume", "complete", "db/monday is complete and was not resumed")]
    public async Task A_command_that_does_not_fit_the_state_is_refused_with_the_state(string verb, string state, string message)
    {
        _world.Control.Attributes[("/mnt/b/db/monday", ControlAttributes.State)] = state;
        Assert.Equal(ExitCode.Failed, await _world.RunAsync(verb, "/mnt/b/db/monday"));
        Assert.Contains(message, _world.Error.ToString(), StringComparison.Ordinal);
        Assert.Empty(_world.Control.Calls);
    }

    [Theory]
    [InlineData("end", "/mnt/b/db")]
    [InlineData("abort", "/mnt/b/db/monday/sub")]
    [InlineData("remove", "/mnt/b/db")]
    public async Task A_path_at_another_level_is_refused_before_anything_happens(string verb, string path)
    {
        Assert.Equal(ExitCode.Failed, await _world.RunAsync(verb, path));
        Assert.Contains("is not a backup: in the mount at '/mnt/b' backups are DIR/NAME", _world.Error.ToString(), StringComparison.Ordinal);
        Assert.Empty(_world.Control.Calls);
    }

    [Theory]
    [InlineData("end")]
    [InlineData("status")]
    [InlineData("unmount")]
    [InlineData("list")]
    [InlineData("accept")]
    public async Task A_path_outside_of_mounts_is_refused(string verb)
    {
        Assert.Equal(ExitCode.Failed, await _world.RunAsync(verb, "/somewhere/else"));
        Assert.Contains("'/somewhere/else' is not in a BackupFs mount", _world.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unmount_drains_reports_and_unmounts()
    {
        HasAnOpenBackup();
        _world.Control.OnSet = (path, _, _) => _world.Control.Attributes[(path, ControlAttributes.Report)] = "complete\tdb/monday\t\n";
        Assert.Equal(ExitCode.Ok, await _world.RunAsync("unmount", Root));
        Assert.Equal(["set /mnt/b user.backupfs.drain 1", "unmount /mnt/b"], _world.Control.Calls);
        Assert.Equal("completed db/monday\nunmounted /mnt/b\n", _world.Output.ToString());
    }

    [Fact]
    public async Task Unmount_of_a_mount_without_open_backups_asks_for_no_drain()
    {
        _world.Control.Attributes[(Root, ControlAttributes.Report)] = "";
        Assert.Equal(ExitCode.Ok, await _world.RunAsync("unmount", Root));
        Assert.Equal(["unmount /mnt/b"], _world.Control.Calls);
    }

    [Fact]
    public async Task Unmount_fails_when_a_backup_stays_incomplete_but_unmounts()
    {
        HasAnOpenBackup();
        _world.Control.OnSet = (path, _, _) =>
            _world.Control.Attributes[(path, ControlAttributes.Report)] = "complete\tdb/a\t\nfailed\tdb/b\tx.sql is torn: its writer was killed by signal 9\n";
        Assert.Equal(ExitCode.Failed, await _world.RunAsync("umount", "--lazy", Root));
        Assert.Contains("left incomplete db/b: x.sql is torn: its writer was killed by signal 9\n", _world.Output.ToString(), StringComparison.Ordinal);
        Assert.Contains("unmount /mnt/b lazily", _world.Control.Calls);
    }

    [Fact]
    public async Task Unmount_of_a_directory_inside_a_mount_names_the_mount()
    {
        Assert.Equal(ExitCode.Failed, await _world.RunAsync("unmount", "/mnt/b/db"));
        Assert.Contains("it is in the mount at '/mnt/b'", _world.Error.ToString(), StringComparison.Ordinal);
        Assert.Empty(_world.Control.Calls);
    }

    [Fact]
    public async Task Unmount_gives_up_after_its_timeout_and_stays_mounted()
    {
        HasAnOpenBackup();
        using var never = new ManualResetEventSlim();
        _world.Control.OnSet = (_, _, _) => never.Wait(TimeSpan.FromSeconds(30));
        Assert.Equal(ExitCode.Failed, await _world.RunAsync("unmount", "--timeout=50ms", Root));
        never.Set();
        Assert.Contains("was not unmounted within 50ms", _world.Error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("unmount /mnt/b", _world.Control.Calls);
    }

    [Fact]
    public async Task An_interrupt_is_reported_as_shells_do()
    {
        HasAnOpenBackup();
        using var never = new ManualResetEventSlim();
        _world.Control.OnSet = (_, _, _) =>
        {
            _world.Stop.Cancel();
            never.Wait(TimeSpan.FromSeconds(30));
        };
        Assert.Equal(ExitCode.Interrupted, await _world.RunAsync("end", "/mnt/b/db/monday"));
        never.Set();
    }

    [Fact]
    public async Task Status_of_a_backup_names_each_reason()
    {
        var attributes = _world.Control.Attributes;
        attributes[("/mnt/b/db/monday", ControlAttributes.State)] = "failed";
        attributes[("/mnt/b/db/monday", ControlAttributes.Status)] = "state: failed\nfiles: 3\nbytes: 77\n";
        attributes[("/mnt/b/db/monday", ControlAttributes.Error)] = "a.sql is torn\nb.sql is torn\n";
        Assert.Equal(ExitCode.Ok, await _world.RunAsync("status", "/mnt/b/db/monday/sub/file"));
        Assert.Equal(
            "backup: db/monday\nstate: failed\nfiles: 3\nbytes: 77\ncannot be ended: a.sql is torn\ncannot be ended: b.sql is torn\n", _world.Output.ToString());
    }

    [Fact]
    public async Task Status_of_a_mount_names_the_backups_that_are_not_ended()
    {
        var attributes = _world.Control.Attributes;
        attributes[(Root, ControlAttributes.Storage)] = "file:///srv/backups";
        attributes[(Root, ControlAttributes.ProcessId)] = "42";
        attributes[(Root, ControlAttributes.Report)] = "open\tdb/monday\t2 files are open\n";
        Assert.Equal(ExitCode.Ok, await _world.RunAsync("status", Root));
        Assert.Equal(
            "storage: file:///srv/backups\nmount point: /mnt/b\ndirectory levels: 1\nprocess: 42\nopen db/monday: 2 files are open\n", _world.Output.ToString());
    }

    [Fact]
    public async Task Status_can_be_json()
    {
        _world.Control.Attributes[("/mnt/b/db/monday", ControlAttributes.State)] = "open";
        Assert.Equal(ExitCode.Ok, await _world.RunAsync("status", "--json", "/mnt/b/db/monday"));
        using var document = System.Text.Json.JsonDocument.Parse(_world.Output.ToString());
        Assert.Equal("open", document.RootElement.GetProperty("state").GetString());
        Assert.Equal("db/monday", document.RootElement.GetProperty("path").GetString());
    }

    [Fact]
    public async Task List_of_a_mount_shows_states_and_sizes()
    {
        using var temporary = new TemporaryDirectory();
        Directory.CreateDirectory(temporary.At("db/monday"));
        Directory.CreateDirectory(temporary.At("db/tuesday.partial/sub"));
        _world.Control.MountAt(temporary.Path);
        _world.Control.Attributes[(temporary.At("db/monday"), ControlAttributes.State)] = "complete";
        _world.Control.Attributes[(temporary.At("db/monday"), ControlAttributes.Status)] = "started: 2030-01-02T03:04:05Z\nfiles: 3\nbytes: 2048\n";
        _world.Control.Attributes[(temporary.At("db/tuesday.partial"), ControlAttributes.State)] = "open";
        Assert.Equal(ExitCode.Ok, await _world.RunAsync("list", temporary.Path));
        Assert.Equal("db/monday\tcomplete\t2030-01-02T03:04:05Z\t3\t2048\ndb/tuesday.partial\topen\t-\t-\t-\n", _world.Output.ToString());
    }

    [Fact]
    public async Task List_is_a_table_on_a_terminal()
    {
        using var temporary = new TemporaryDirectory();
        Directory.CreateDirectory(temporary.At("db/[red]monday"));
        _world.IsTerminal = true;
        _world.Control.MountAt(temporary.Path);
        _world.Control.Attributes[(temporary.At("db/[red]monday"), ControlAttributes.Status)] = "files: 3\nbytes: 2048\n";
        Assert.Equal(ExitCode.Ok, await _world.RunAsync("list", temporary.Path));
        Assert.Contains("NAME", _world.Output.ToString(), StringComparison.Ordinal);
        Assert.Contains("db/[red]monday", _world.Output.ToString(), StringComparison.Ordinal);
        Assert.Contains("2.0 KiB", _world.Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Checksums_of_a_mount_come_from_the_files()
    {
        using var temporary = new TemporaryDirectory();
        Directory.CreateDirectory(temporary.At("db/monday/sub"));
        File.WriteAllText(temporary.At("db/monday/sub/.b"), "b");
        File.WriteAllText(temporary.At("db/monday/a\\x"), "a");
        File.CreateSymbolicLink(temporary.At("db/monday/link"), "sub/.b");
        Directory.CreateSymbolicLink(temporary.At("db/monday/self"), ".");
        _world.Control.MountAt(temporary.Path);
        _world.Control.Attributes[(temporary.At("db/monday"), ControlAttributes.State)] = "complete";
        _world.Control.Attributes[(temporary.At("db/monday/sub/.b"), ControlAttributes.Sha256)] = "bb";
        _world.Control.Attributes[(temporary.At("db/monday/a\\x"), ControlAttributes.Sha256)] = "aa";
        _world.Control.Attributes[(temporary.At("db/monday/link"), ControlAttributes.Sha256)] = "must not be asked for";
        _world.Control.Attributes[(temporary.At("db/monday/self/sub/.b"), ControlAttributes.Sha256)] = "must not be asked for";
        Assert.Equal(ExitCode.Ok, await _world.RunAsync("checksums", temporary.At("db/monday")));
        Assert.Equal("\\aa  a\\\\x\nbb  sub/.b\n", _world.Output.ToString());
    }

    [Fact]
    public async Task Checksums_are_not_printed_where_some_would_be_missing()
    {
        if (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess)
        {
            return; // Nothing is denied to root; the run as an ordinary user tests it.
        }

        using var temporary = new TemporaryDirectory();
        Directory.CreateDirectory(temporary.At("db/monday"));
        File.WriteAllText(temporary.At("db/monday/a"), "a");
        Directory.CreateDirectory(temporary.At("db/monday/private"), UnixFileMode.None);
        _world.Control.MountAt(temporary.Path);
        _world.Control.Attributes[(temporary.At("db/monday"), ControlAttributes.State)] = "complete";
        _world.Control.Attributes[(temporary.At("db/monday/a"), ControlAttributes.Sha256)] = "aa";
        var result = await _world.RunAsync("checksums", temporary.At("db/monday"));
        File.SetUnixFileMode(temporary.At("db/monday/private"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.Equal(ExitCode.Failed, result);
        Assert.Equal("", _world.Output.ToString());
        Assert.Contains(temporary.At("db/monday/private"), _world.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task There_are_no_checksums_of_a_backup_that_is_not_complete()
    {
        _world.Control.Attributes[("/mnt/b/db/monday", ControlAttributes.State)] = "open";
        Assert.Equal(ExitCode.Failed, await _world.RunAsync("checksums", "/mnt/b/db/monday"));
        Assert.Contains("db/monday has no checksums: it is open", _world.Error.ToString(), StringComparison.Ordinal);
    }

    private void HasAnOpenBackup() => _world.Control.Attributes[(Root, ControlAttributes.Report)] = "open\tdb/monday\tnobody ended it\n";
}
