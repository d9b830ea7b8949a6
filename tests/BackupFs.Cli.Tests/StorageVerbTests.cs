using System.Text;
using BackupFs.Storage;
using BackupFs.Storage.File;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace BackupFs.Cli.Tests;

/// <summary>The program as a process, on a file storage without a mount.</summary>
public sealed class StorageVerbTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    private string Root => _temporary.At("storage");

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task List_shows_complete_incomplete_and_foreign_backups()
    {
        await StoreAsync("db", "monday", ("a.sql", "aaaa"), ("sub/b", "bb"));
        await SuspendAsync("db", "tuesday", "half");
        Directory.CreateDirectory(Path.Combine(Root, "db/plain"));
        File.WriteAllText(Path.Combine(Root, "db/plain/x"), "x");

        var run = await RunAsync("list");
        Assert.Equal((0, ""), (run.Status, run.Error));
        var rows = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')).ToList();
        Assert.Equal(["db/monday complete 2 6", "db/plain foreign 1 1", "db/tuesday incomplete 1 4"], rows.Select(row => $"{row[0]} {row[1]} {row[3]} {row[4]}"));
        Assert.All(rows, row => Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", row[2]));

        using var json = System.Text.Json.JsonDocument.Parse((await RunAsync("list", "--json", "db/monday")).Output);
        Assert.Equal("complete", Assert.Single(json.RootElement.EnumerateArray()).GetProperty("state").GetString());
    }

    [Fact]
    public async Task List_finds_out_the_layout_or_is_told()
    {
        await StoreAsync("commerce/-80", "monday", ("a", "a"));
        Assert.StartsWith("commerce/-80/monday\tcomplete\t", (await RunAsync("list")).Output, StringComparison.Ordinal);
        Assert.StartsWith("commerce/-80\tforeign\t", (await RunAsync("list", "--dir-levels=1")).Output, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync("list", "commerce/-80/monday/a")).Status);
    }

    [Fact]
    public async Task A_storage_that_does_not_exist_is_an_error_and_is_not_made()
    {
        var run = await RunAsync("list");
        Assert.Equal(1, run.Status);
        Assert.Contains("there is no storage at", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Root));
    }

    [Fact]
    public async Task Checksums_satisfy_sha256sum()
    {
        await StoreAsync("db", "monday", ("a.sql", "aaaa"), ("sub/b", "bb"));
        var run = await RunAsync("checksums", "db/monday");
        Assert.Equal((0, ""), (run.Status, run.Error));
        File.WriteAllText(_temporary.At("SHA256SUMS"), run.Output);
        var check = await ProgramRun.StartAsync("sha256sum", ["-c", _temporary.At("SHA256SUMS")], directory: Path.Combine(Root, "db/monday"));
        Assert.Equal((0, "a.sql: OK\nsub/b: OK\n"), (check.Status, check.Output));
    }

    [Fact]
    public async Task Checksums_of_what_has_none_are_refused()
    {
        await SuspendAsync("db", "tuesday", "half");
        Assert.Contains("there is no backup db/nothing", (await RunAsync("checksums", "db/nothing")).Error, StringComparison.Ordinal);
        Assert.Contains("has no checksums", (await RunAsync("checksums", "db/tuesday")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Remove_removes_what_is_complete_and_nothing_else()
    {
        await StoreAsync("db", "monday", ("a", "a"));
        await StoreAsync("db", "monday2", ("a", "a"));
        await SuspendAsync("db", "tuesday", "half");
        Assert.Equal(1, (await RunAsync("remove", "db/nothing")).Status);
        Assert.Contains("'backupfs abort' removes it", (await RunAsync("remove", "db/tuesday")).Error, StringComparison.Ordinal);
        Assert.Equal((0, "removed db/monday\n"), await StatusAndOutputAsync("remove", "db/monday"));
        Assert.False(Directory.Exists(Path.Combine(Root, "db/monday")));
        Assert.True(Directory.Exists(Path.Combine(Root, "db/monday2")));
    }

    [Fact]
    public async Task Abort_removes_what_is_incomplete_and_nothing_else()
    {
        await StoreAsync("db", "monday", ("a", "a"));
        await SuspendAsync("db", "tuesday", "half");
        Assert.Contains("'backupfs remove' removes it", (await RunAsync("abort", "db/monday")).Error, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync("abort", "db/nothing")).Status);
        Assert.Equal((0, "aborted db/tuesday\n"), await StatusAndOutputAsync("abort", "db/tuesday"));
        Assert.DoesNotContain("tuesday", (await RunAsync("list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task End_completes_what_a_dead_process_left_if_every_file_was_closed()
    {
        await SuspendAsync("db", "tuesday", "whole");
        Assert.Equal((0, "completed db/tuesday\n"), await StatusAndOutputAsync("end", "db/tuesday"));
        Assert.Contains("db/tuesday\tcomplete\t", (await RunAsync("list")).Output, StringComparison.Ordinal);
        Assert.Contains("ended by 'backupfs end --storage'", File.ReadAllText(Path.Combine(Root, "db/tuesday", BackupManifest.FileName)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task End_refuses_a_torn_file_and_resume_names_it()
    {
        await SuspendAsync("db", "tuesday", "half", isUnfinished: true);
        var run = await RunAsync("end", "db/tuesday");
        Assert.Equal(1, run.Status);
        Assert.Contains("db/tuesday was not ended", run.Error, StringComparison.Ordinal);
        Assert.Contains("\n  dump.sql\n", run.Error, StringComparison.Ordinal);
        Assert.Equal((0, "db/tuesday: 1 files, 1 of them torn\ntorn dump.sql\n"), await StatusAndOutputAsync("resume", "db/tuesday"));
        Assert.Contains("db/tuesday\tincomplete\t", (await RunAsync("list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_finds_nothing_wrong_with_what_was_stored()
    {
        await StoreAsync("db", "monday", ("a.sql", "aaaa"), ("sub/b", "bb"));
        await StoreAsync("db", "tuesday", ("a.sql", "aaaa"));
        Assert.Matches(@"^db/monday: intact: \d+ entries, 6 B\n$", (await RunAsync("verify", "db/monday")).Output);
        var all = await RunAsync("verify");
        Assert.Equal((0, ""), (all.Status, all.Error));
        Assert.Contains("db/tuesday: intact", all.Output, StringComparison.Ordinal);
        Assert.EndsWith("2 backups, 0 not verified or damaged\n", all.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_names_the_bad_file_and_block()
    {
        await StoreAsync("db", "monday", ("a.sql", "aaaa"), ("sub/b", "bb"));
        var file = Path.Combine(Root, "db/monday/sub/b");
        var time = File.GetLastWriteTimeUtc(file);
        File.WriteAllText(file, "bx");
        File.SetLastWriteTimeUtc(file, time);
        var run = await RunAsync("verify", "db/monday");
        Assert.Equal(1, run.Status);
        Assert.Matches(@"(?m)^db/monday/sub/b: .* \(block 0, bytes 0\.\.1\)$", run.Output);
        Assert.Contains("db/monday: DAMAGED", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("a.sql", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_of_a_damaged_manifest_fails()
    {
        await StoreAsync("db", "monday", ("a.sql", "aaaa"));
        var manifest = Path.Combine(Root, "db/monday", BackupManifest.FileName);
        File.SetUnixFileMode(manifest, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("a.sql", "b.sql", StringComparison.Ordinal));
        var run = await RunAsync("verify", "db/monday");
        Assert.Equal(1, run.Status);
        Assert.Contains("db/monday: DAMAGED: its manifest cannot be read", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_fails_where_there_is_nothing_to_verify_against()
    {
        Directory.CreateDirectory(Path.Combine(Root, "db/plain"));
        File.WriteAllText(Path.Combine(Root, "db/plain/x"), "x");
        await SuspendAsync("db", "tuesday", "half");
        Assert.Equal((1, "db/plain: not verified: something else stored it, there is no manifest to verify against\n"), await StatusAndOutputAsync("verify", "db/plain"));
        Assert.Equal(0, (await RunAsync("verify", "--allow-foreign", "db/plain")).Status);
        Assert.Equal(1, (await RunAsync("verify")).Status);
        Assert.Equal(0, (await RunAsync("verify", "--allow-foreign")).Status);
        Assert.Contains("db/tuesday is not complete", (await RunAsync("verify", "db/tuesday")).Error, StringComparison.Ordinal);
        Assert.Contains("there is no backup db/nothing", (await RunAsync("verify", "db/nothing")).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("remove", "../x")]
    [InlineData("abort", "db//x")]
    [InlineData("end", "")]
    [InlineData("checksums", ".backupfs/x")]
    public async Task A_name_that_no_backup_can_have_is_a_usage_error(string verb, string name) =>
        Assert.Equal(ExitCode.Usage, (await RunAsync(verb, name)).Status);

    private Task<ProgramRun> RunAsync(string verb, params string[] arguments) =>
        ProgramRun.StartAsync(ProgramRun.BackupFs, [verb, "--storage", Root, .. arguments]);

    private async Task<(int Status, string Output)> StatusAndOutputAsync(string verb, params string[] arguments)
    {
        var run = await RunAsync(verb, arguments);
        return (run.Status, run.Output + run.Error);
    }

    private FileStorage Open() => new(new FileStorageOptions(Root), TimeProvider.System, NullLogger.Instance);

    private async Task StoreAsync(string directory, string name, params (string File, string Content)[] files)
    {
        var storage = Open();
        using var handle = await storage.StartBackupAsync(directory, name, CancellationToken.None);
        foreach (var (file, content) in files)
        {
            await AddAsync(handle, file, content);
        }

        await handle.EndBackupAsync(BackupNotes.None, CancellationToken.None);
        await storage.CloseAsync(CancellationToken.None);
    }

    private async Task SuspendAsync(string directory, string name, string content, bool isUnfinished = false)
    {
        var storage = Open();
        using var handle = await storage.StartBackupAsync(directory, name, CancellationToken.None);
        await AddAsync(handle, "dump.sql", content);
        if (isUnfinished)
        {
            await handle.MarkUnfinishedAsync("dump.sql", unfinished: true, CancellationToken.None);
        }

        await handle.SuspendAsync(CancellationToken.None);
        await storage.CloseAsync(CancellationToken.None);
    }

    private static async Task AddAsync(IBackupHandle handle, string file, string content)
    {
        await using var stream = await handle.AddFileAsync(file, -1, CancellationToken.None);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(content));
    }
}
