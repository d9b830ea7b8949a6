using BackupFs.Cli.Mounting;
using BackupFs.Cli.Parsing;
using BackupFs.Cli.Verbs;
using BackupFs.Storage;
using BackupFs.Storage.Objects;
using Xunit;

namespace BackupFs.Cli.Tests;

public sealed class ConfigurationTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_name_picks_a_storage_with_all_that_is_said_of_it()
    {
        Directory.CreateDirectory(Path.Combine(_directory.Path, "spool"));
        Directory.CreateDirectory(Path.Combine(_directory.Path, "cache"));
        var file = Write("""
            {
              // where production keeps its backups
              "storages": {
                "prod": {
                  "url": "s3://bucket/root?region=eu-west-1&part-size=64MiB", "dir-levels": 2, "memory": "512MiB", "requests": 8, "close": "deferred",
                  "spool": "spool", "spool-size": "1GiB", "cache": "cache", "cache-size": "2GB",
                },
                "local": { "url": "backups" },
              },
              "default": "local",
            }
            """);

        var prod = Request(new TestWorld(), "--config", file, "--storage", "prod", "/mnt");
        Assert.Equal("s3://bucket/root?region=eu-west-1&part-size=64MiB", prod.Storage);
        Assert.Equal(2, prod.FileSystem.DirectoryLevels);
        Assert.Equal(16, prod.FileSystem.DeferredCloses);
        Assert.Equal(
            new ObjectStorageOptions
            {
                Memory = 512L << 20,
                Requests = 8,
                SpoolDirectory = Path.Combine(_directory.Path, "spool"),
                SpoolBytes = 1L << 30,
                CacheDirectory = Path.Combine(_directory.Path, "cache"),
                CacheBytes = 2_000_000_000,
            },
            prod.Objects);
        Assert.Equal(Path.Combine(_directory.Path, "backups"), Request(new TestWorld(), "--config", file, "/mnt").Storage);

        // What the command line says comes first.
        var told = Request(new TestWorld(), "--config", file, "--storage", "prod", "--memory", "64MiB", "--dir-levels", "auto", "--close", "stored", "/mnt");
        Assert.Equal(0, told.FileSystem.DeferredCloses);
        Assert.Equal((64L << 20, 8), (told.Objects.Memory, told.Objects.Requests));
        Assert.Null(told.FileSystem.DirectoryLevels);
    }

    [Fact]
    public void The_environment_and_the_machine_name_the_file_too()
    {
        var file = Write("""{"storages": {"one": {"url": "gcs://bucket"}}, "default": "one"}""");
        var world = new TestWorld();
        Assert.Equal("/var/lib/backupfs", Request(world, "/mnt").Storage);
        world.MachineConfiguration = file;
        Assert.Equal("gcs://bucket", Request(world, "/mnt").Storage);
        world.Environment["BACKUPFS_STORAGE"] = "file:///srv";
        Assert.Equal("file:///srv", Request(world, "/mnt").Storage);
        world.Environment["BACKUPFS_STORAGE"] = "one";
        Assert.Equal("gcs://bucket", Request(world, "/mnt").Storage);

        world = new TestWorld { Environment = { ["BACKUPFS_CONFIG"] = file } };
        Assert.Equal("gcs://bucket", Request(world, "/mnt").Storage);
        world.Environment["BACKUPFS_CONFIG"] = file + ".missing";
        Assert.Contains(".missing", Refused(world, "/mnt"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_verbs_act_on_a_storage_of_the_file()
    {
        var file = Write("""{"storages": {"one": {"url": "gcs://bucket", "memory": "1GiB"}}, "default": "one"}""");
        var world = new TestWorld { Storages = _ => new MemoryStorage() };

        Assert.Equal(ExitCode.Ok, await world.RunAsync("list", "--config", file));
        Assert.Equal(("gcs://bucket", 1L << 30), (world.Opened!.Location, world.Opened.Objects.Memory));
        Assert.Equal(ExitCode.Failed, await world.RunAsync("remove", "--storage", "one", "--config", file, "db/monday"));
        Assert.Contains("there is no backup db/monday", world.Error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "1:1")]
    [InlineData("{\n  \"storages\": {,}\n}", "2:16")]
    [InlineData("[]", "1:1: the file has to be an object")]
    [InlineData("{\n  \"storage\": {}\n}", "2:3: the file has no key 'storage'; did you mean 'storages'?")]
    [InlineData("{\"storages\": {\"a\": {\n  \"url\": \"/a\",\n  \"memori\": \"1GiB\"}}}", "3:3: the storage 'a' has no key 'memori'; did you mean 'memory'?")]
    [InlineData("{\"storages\": {\"a\": {\"url\": \"/a\", \"memory\": \"1 gigabyte\"}}}", "1:44: bad value '1 gigabyte' for 'memory'")]
    [InlineData("{\"storages\": {\"a\": {\"url\": \"/a\", \"memory\": \"1MiB\"}}}", "at least 64MiB")]
    [InlineData("{\"storages\": {\"a\": {\"url\": \"/a\", \"close\": \"later\"}}}", "stored or deferred")]
    [InlineData("{\"storages\": {\"a\": {\"url\": \"/a\", \"requests\": 0}}}", "a number from 1 to")]
    [InlineData("{\"storages\": {\"a\": {\"url\": \"/a\", \"spool\": \"missing\"}}}", "an existing directory")]
    [InlineData("{\"storages\": {\"a\": {\"url\": \"/a\", \"dir-levels\": 17}}}", "a number from 1 to 16, or auto")]
    [InlineData("{\"storages\": {\"a\": {\"url\": true}}}", "'url' has to be a text")]
    [InlineData("{\"storages\": {\"a\": {}}}", "the storage 'a' has no url")]
    [InlineData("{\"storages\": {\"a/b\": {\"url\": \"/a\"}}}", "cannot be the name of a storage")]
    [InlineData("{\"storages\": {\"a\": {\"url\": \"/a\"}, \"a\": {\"url\": \"/b\"}}}", "'a' is there twice")]
    [InlineData("{\"storages\": {\"a\": {\"url\": \"s3://b?x=%\"}}}", "a '%' in a URL is written %25")]
    [InlineData("{\"storages\": {}, \"default\": \"b\"}", "the default storage 'b' is not among the storages")]
    [InlineData("{} {}", "1:4")]
    public void What_is_wrong_is_told_with_its_line_and_position(string text, string said)
    {
        var file = Write(text);
        var message = Refused(new TestWorld(), "--config", file, "/mnt");
        Assert.StartsWith(file + ":", message, StringComparison.Ordinal);
        Assert.Contains(said, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_is_not_there_is_refused_with_those_that_are()
    {
        var file = Write("""{"storages": {"one": {"url": "/a"}, "two": {"url": "/b"}}}""");
        Assert.Contains("one, two", Refused(new TestWorld(), "--config", file, "--storage", "three", "/mnt"), StringComparison.Ordinal);
        Assert.Contains("--storage NAME", Refused(new TestWorld(), "--config", file, "/mnt"), StringComparison.Ordinal);
        Assert.Contains("./three", Refused(new TestWorld(), "--storage", "three", "/mnt"), StringComparison.Ordinal);
        Assert.Equal(Path.GetFullPath("three"), Request(new TestWorld(), "--storage", "./three", "/mnt").Storage);
    }

    [Theory]
    [InlineData("s3://bucket/root?secret-key=abc", true)]
    [InlineData("s3://user:password@bucket/root", true)]
    [InlineData("azblob://c?account=a&key-file=/etc/key", false)]
    [InlineData("s3://bucket/root?region=eu-west-1", false)]
    public void Secrets_that_every_user_can_read_are_warned_of(string url, bool isSecret)
    {
        var file = Write($$$"""{"storages": {"one": {"url": "{{{url}}}"}}, "default": "one"}""");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        var world = new TestWorld();
        Request(world, "--config", file, "/mnt");
        Assert.Equal(isSecret, world.Error.ToString().Contains("holds secrets", StringComparison.Ordinal));
        Assert.DoesNotContain("abc", world.Error.ToString(), StringComparison.Ordinal);

        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        world = new TestWorld();
        Request(world, "--config", file, "/mnt");
        Assert.Empty(world.Error.ToString());
    }

    [Theory]
    [InlineData("ceph:conf/ceph.json", "ceph://{0}/conf/ceph.json")]
    [InlineData("azblob://c?account=a&key-file=az.key", "azblob://c?account=a&key-file={1}%2Faz.key")]
    [InlineData("s3://b?sse=sse_c%3Akey", "s3://b?sse=sse_c%3A{1}%2Fkey")]
    [InlineData("../backups", "{2}/backups")]
    public void Paths_are_relative_to_the_file(string url, string absolute)
    {
        var file = Write($$$"""{"storages": {"one": {"url": "{{{url}}}"}}, "default": "one"}""");
        var expected = string.Format(
            System.Globalization.CultureInfo.InvariantCulture, absolute, _directory.Path, Uri.EscapeDataString(_directory.Path), Path.GetDirectoryName(_directory.Path));
        Assert.Equal(expected, Request(new TestWorld(), "--config", file, "/mnt").Storage);
    }

    [Theory]
    [InlineData("--memory", "63MiB", "at least 64MiB")]
    [InlineData("--memory", "much", "64MiB, 1GiB")]
    [InlineData("--requests", "0", "a number from 1")]
    [InlineData("--spool", "/nowhere", "an existing directory")]
    [InlineData("--spool-size", "1GiB", "--spool-size needs --spool")]
    [InlineData("--cache-size", "1GiB", "--cache-size needs --cache")]
    public void Options_that_make_no_sense_are_refused(string option, string value, string said) => Assert.Contains(
        said, Assert.Throws<UsageException>(() => MountOptionTests.Request(option, value, "/mnt")).Message, StringComparison.Ordinal);

    [Fact]
    public void The_background_process_is_told_everything_and_its_arguments_nothing()
    {
        var request = MountOptionTests.Request(
            "--storage", "s3://bucket?secret-key=abc", "--memory", "64MiB", "--requests", "3", "--spool", _directory.Path, "--spool-size", "1GB", "/mnt");

        var read = BackgroundMessage.FromLine<MountRequest>(BackgroundMessage.ToLine(request))!;

        Assert.Equal(request.Objects, read.Objects);
        Assert.Equal(request.Storage, read.Storage);
        Assert.Equal(["/mnt"], BackgroundMount.StartInfo(request).ArgumentList.TakeLast(1));
        Assert.DoesNotContain(BackgroundMount.StartInfo(request).ArgumentList, argument => argument.Contains("abc", StringComparison.Ordinal));
    }

    private static MountRequest Request(TestWorld world, params string[] arguments) =>
        ((MountVerb)ArgumentParser.Parse(["mount", .. arguments])).ToRequest(world.Context);

    private static string Refused(TestWorld world, params string[] arguments) =>
        Assert.Throws<CommandException>(() => Request(world, arguments)).Message;

    private string Write(string text)
    {
        var file = Path.Combine(_directory.Path, "config.json");
        File.WriteAllText(file, text);
        return file;
    }
}
