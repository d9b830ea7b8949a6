using System.Security.Cryptography;
using BackupFs.Storage;
using BackupFs.Storage.Objects;
using BackupFs.Storage.Objects.Contract;
using BackupFs.Storage.S3;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace BackupFs.Wine.Tests;

/// <summary>The program for Windows, in Wine, on what the program for Linux has stored.</summary>
public sealed class WineTests(WindowsProgram program) : IClassFixture<WindowsProgram>, IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("backupfs-windows-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task It_tells_its_version_and_how_it_is_used()
    {
        var version = await program.RunAsync("--version");
        Assert.Equal(0, version.Status);
        Assert.Matches(@"^backupfs [0-9.]+\nWinFsp - .*\n$", version.Output);
        var help = await program.RunAsync("--help");
        Assert.Equal(0, help.Status);
        Assert.Contains("verify", help.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_places_are_those_of_windows()
    {
        var listed = await program.RunAsync("list");
        Assert.Equal(1, listed.Status);
        Assert.Matches(@"'C:\\(ProgramData|users\\.*\\AppData\\Local)\\backupfs\\storage'", listed.Error);
    }

    [Theory]
    [InlineData("file")]
    [InlineData("directory")]
    [Promise("windows-verbs")]
    public async Task A_backup_in_a_directory_is_listed_verified_and_removed(string scheme)
    {
        var storage = scheme == "file" ? StoredBackup.OpenFiles(_root) : StoredBackup.OpenDirectory(_root);
        await StoredBackup.StoreAsync(storage, "db", "monday");
        await storage.CloseAsync(default);
        await CheckAsync([], WindowsProgram.PathOf(_root));
        Assert.Contains("db/monday", (await program.RunAsync("list", "--storage", $"file:///Z:{_root}")).Output, StringComparison.Ordinal);

        var path = Path.Combine(_root, "db", "monday", "ibdata1");
        var content = await File.ReadAllBytesAsync(path);
        content[5_000_000] ^= 1;
        await File.WriteAllBytesAsync(path, content);
        await CheckDamagedAsync([], WindowsProgram.PathOf(_root));

        var removed = await program.RunAsync("remove", "--storage", WindowsProgram.PathOf(_root), "db/monday");
        Assert.Equal((0, ""), (removed.Status, removed.Error));
        Assert.Empty(Directory.GetFileSystemEntries(_root).Select(Path.GetFileName).Except([BackupPath.ReservedName]));
    }

    [Fact]
    [Promise("windows-verbs")]
    public async Task A_backup_in_an_object_store_is_listed_verified_and_removed()
    {
        var server = await StorageServers.GetAsync("ceph", "BACKUPFS_TEST_S3_ENDPOINT");
        var environment = new Dictionary<string, string>
        {
            ["AWS_ACCESS_KEY_ID"] = server["BACKUPFS_TEST_S3_ACCESS_KEY"],
            ["AWS_SECRET_ACCESS_KEY"] = server["BACKUPFS_TEST_S3_SECRET_KEY"],
        };
        foreach (var (name, value) in environment)
        {
            Environment.SetEnvironmentVariable(name, value);
        }

        var bucket = $"wine-{RandomNumberGenerator.GetHexString(12, lowercase: true)}";
        await BucketAsync(server, bucket);
        var location = $"s3://{bucket}/root?endpoint={server["BACKUPFS_TEST_S3_ENDPOINT"]}&path-style=true";
        var store = S3Storage.OpenS3(StorageUrl.Parse(location), TimeProvider.System, () => 0.5, NullLogger.Instance);
        await StoredBackup.StoreAsync(StoredBackup.OverObjects(store), "db", "monday");
        await CheckAsync(environment, location);

        var content = StoredBackup.Files["ibdata1"].ToArray();
        content[5_000_000] ^= 1;
        _ = (await store.PutAsync("db/monday/ibdata1", new(content), PutCondition.None, default)).Value;
        await CheckDamagedAsync(environment, location);

        var removed = await program.RunAsync(environment, "remove", "--storage", location, "db/monday");
        Assert.Equal((0, ""), (removed.Status, removed.Error));
        Assert.Empty((await store.ListAsync(new ObjectListing("db/"), default)).Value.Objects);
    }

    [Fact]
    [Promise("windows-verbs")]
    public async Task A_backup_that_was_not_ended_is_ended_or_given_up()
    {
        var storage = StoredBackup.OpenDirectory(_root);
        await StoredBackup.StoreUnendedAsync(storage, "db", "monday");
        await StoredBackup.StoreUnendedAsync(storage, "db", "tuesday");
        await storage.CloseAsync(default);
        var location = WindowsProgram.PathOf(_root);

        var ended = await program.RunAsync("end", "--storage", location, "db/monday");
        Assert.Equal((0, "completed db/monday\n", ""), (ended.Status, ended.Output, ended.Error));
        var aborted = await program.RunAsync("abort", "--storage", location, "db/tuesday");
        Assert.Equal((0, "aborted db/tuesday\n", ""), (aborted.Status, aborted.Output, aborted.Error));
        Assert.Equal(["monday"], Directory.GetFileSystemEntries(Path.Combine(_root, "db")).Select(Path.GetFileName));
        await CheckAsync([], location);

        var refused = await program.RunAsync("abort", "--storage", location, "db/monday");
        Assert.Equal(
            (1, "", "backupfs: db/monday is complete and was not aborted; 'backupfs remove' removes it\n"),
            (refused.Status, refused.Output, refused.Error));
        Assert.Equal(1, (await program.RunAsync("abort", "--storage", location, "db/wednesday")).Status);
    }

    [Theory]
    [InlineData("status", @"Z:\tmp")]
    [InlineData("end", @"Z:\tmp")]
    [InlineData("end", @"Z:\")]
    [InlineData("abort", @"Z:\tmp")]
    [InlineData("unmount", @"Z:\tmp")]
    public async Task What_asks_a_mount_says_that_there_is_none(string verb, string elsewhere)
    {
        var run = await program.RunAsync(verb, elsewhere);
        Assert.Equal((1, "", $"backupfs: '{elsewhere}' is not in a BackupFs mount\n"), (run.Status, run.Output, run.Error));
    }

    [Fact]
    public async Task A_path_that_does_not_exist_is_in_no_mount()
    {
        var run = await program.RunAsync("status", @"X:\db\monday");
        Assert.Equal((1, "", "backupfs: 'X:\\db\\monday' does not exist\n"), (run.Status, run.Output, run.Error));
    }

    [Fact]
    public async Task A_mount_without_WinFsp_says_what_to_install()
    {
        var run = await program.RunAsync("mount", "X:", "--storage", WindowsProgram.PathOf(_root));
        Assert.Equal((1, ""), (run.Status, run.Output));
        // After what the log says of the storage.
        Assert.EndsWith(
            "\nbackupfs: WinFsp is not installed. Install WinFsp 2 from https://winfsp.dev, or with: winget install WinFsp.WinFsp\n",
            run.Error,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--nonsense", "--nonsense")]
    [InlineData("--passthrough=off", "--passthrough is not for Windows: WinFsp has nothing like it")]
    public async Task An_option_that_it_does_not_have_is_refused(string option, string says)
    {
        var run = await program.RunAsync("mount", "X:", option);
        Assert.Equal((2, ""), (run.Status, run.Output));
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
        Assert.EndsWith("See 'backupfs mount --help'.\n", run.Error, StringComparison.Ordinal);
    }

    private async Task CheckAsync(Dictionary<string, string> environment, string location)
    {
        // At the same time: each takes seconds to start.
        var runs = await Task.WhenAll(
            program.RunAsync(environment, "list", "--storage", location),
            program.RunAsync(environment, "verify", "--storage", location),
            program.RunAsync(environment, "checksums", "--storage", location, "db/monday"));
        var (listed, verified, sums) = (runs[0], runs[1], runs[2]);
        Assert.True(listed.Status == 0, listed.Error);
        Assert.StartsWith("db/monday\tcomplete\t", listed.Output, StringComparison.Ordinal);
        Assert.True(verified.Status == 0, verified.Output + verified.Error);
        Assert.True(sums.Status == 0, sums.Error);
        Assert.Equal(
            StoredBackup.Files.Select(file => $"{Convert.ToHexStringLower(SHA256.HashData(file.Value))}  {file.Key}").Order(StringComparer.Ordinal),
            sums.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    private async Task CheckDamagedAsync(Dictionary<string, string> environment, string location)
    {
        var damaged = await program.RunAsync(environment, "verify", "--storage", location);
        Assert.Equal(1, damaged.Status);
        Assert.Contains("ibdata1", damaged.Output + damaged.Error, StringComparison.Ordinal);
    }

    private static async Task BucketAsync(IReadOnlyDictionary<string, string> server, string bucket)
    {
        using var client = new Amazon.S3.AmazonS3Client(
            server["BACKUPFS_TEST_S3_ACCESS_KEY"],
            server["BACKUPFS_TEST_S3_SECRET_KEY"],
            new Amazon.S3.AmazonS3Config { ServiceURL = server["BACKUPFS_TEST_S3_ENDPOINT"], ForcePathStyle = true, AuthenticationRegion = "us-east-1" });
        await client.PutBucketAsync(bucket);
    }
}
