using BackupFs.Cli.Logging;
using BackupFs.Cli.Parsing;
using BackupFs.Storage;
using BackupFs.Testing;
using Microsoft.Extensions.Logging;
using Xunit;

namespace BackupFs.Cli.Tests;

public class VitessFlagTests
{
    [Theory]
    [InlineData("--backup_storage_implementation=file --file_backup_storage_root=/srv/vitess", "/srv/vitess")]
    [InlineData("--backup-storage-implementation file --file-backup-storage-root /srv/vitess", "/srv/vitess")]
    [InlineData("-backup_storage_implementation file -file_backup_storage_root=/srv/vitess", "/srv/vitess")]
    [InlineData("--backup_storage_implementation=s3 --s3_backup_storage_bucket=b", "s3://b")]
    [InlineData(
        "--backup_storage_implementation=s3 --s3_backup_aws_region us-west-2 --s3_backup_storage_bucket b --s3_backup_storage_root backups/my",
        "s3://b/backups/my?region=us-west-2")]
    [InlineData(
        "--backup_storage_implementation s3 --s3_backup_storage_bucket b --s3_backup_aws_endpoint http://10.0.0.1:9000 --s3_backup_force_path_style "
        + "--s3_backup_tls_skip_verify_cert=true --s3_backup_aws_retries=7 --s3_backup_server_side_encryption=AES256",
        "s3://b?endpoint=http%3A%2F%2F10.0.0.1%3A9000&path-style=true&tls-verify=false&retries=7&sse=AES256")]
    [InlineData(
        "--backup_storage_implementation s3 --s3_backup_storage_bucket b --s3_backup_aws_endpoint minio:9000 --s3_backup_force_path_style=false "
        + "--s3_backup_tls_skip_verify_cert=F --s3_backup_aws_retries -1 --s3_backup_log_level LogOff --s3_backup_aws_min_partsize 5242880",
        "s3://b?endpoint=https%3A%2F%2Fminio%3A9000&path-style=false")]
    [InlineData(
        "--backup_storage_implementation s3 --s3_backup_storage_bucket b --s3_backup_server_side_encryption sse_c:/etc/key", "s3://b?sse=sse_c%3A%2Fetc%2Fkey")]
    [InlineData("--backup_storage_implementation gcs --gcs_backup_storage_bucket b --gcs_backup_storage_root r", "gcs://b/r")]
    [InlineData(
        "--backup_storage_implementation azblob --azblob_backup_account_name acc --azblob_backup_account_key_file /etc/az.key "
        + "--azblob_backup_container_name c --azblob_backup_storage_root r --azblob_backup_parallelism 4 --azblob_backup_buffer_size 104857600",
        "azblob://c/r?account=acc&key-file=%2Fetc%2Faz.key&part-size=104857600&upload-parallelism=4&clamp=true")]
    [InlineData(
        "--backup_storage_implementation azblob --azblob_backup_container_name c --azblob-backup-parallelism=99999999999",
        "azblob://c?upload-parallelism=2147483647&clamp=true")]
    [InlineData(
        "--backup_storage_implementation azblob --azblob_backup_container_name c --azblob_backup_parallelism -1 --azblob_backup_buffer_size 0",
        "azblob://c")]
    [InlineData(
        "--backup_storage_implementation s3 --s3_backup_storage_bucket b --s3_backup_aws_min_partsize 16777216", "s3://b?part-size=16777216&clamp=true")]
    [InlineData("--backup_storage_implementation s3 --s3_backup_storage_bucket b --s3-backup-aws-min-partsize=8388608", "s3://b")]
    [InlineData("--backup_storage_implementation ceph --ceph_backup_storage_config /etc/vitess/ceph.json", "ceph:///etc/vitess/ceph.json")]
    public void Flags_become_a_location_with_two_directory_levels(string flags, string location)
    {
        var request = MountOptionTests.Request([.. flags.Split(' '), "/mnt"]);

        Assert.Equal(location, request.Storage);
        Assert.Equal(2, request.FileSystem.DirectoryLevels);
        Assert.Equal("/mnt", request.MountPoint);
        StorageUrl.Parse(location);
    }

    [Fact]
    public void Relative_files_are_relative_to_the_working_directory()
    {
        Assert.Equal(
            "ceph://" + Path.GetFullPath("ceph_backup_config.json"),
            MountOptionTests.Request("--backup_storage_implementation=ceph", "/mnt").Storage);
        Assert.Equal(
            Path.GetFullPath("backups"),
            MountOptionTests.Request("--backup_storage_implementation=file", "--file_backup_storage_root=backups", "/mnt").Storage);
    }

    [Theory]
    [InlineData("--dir-levels", "1")]
    [InlineData("-o", "dir_levels=1")]
    [InlineData("-odir-levels=1", "--read-only")]
    public void Directory_levels_can_be_said_otherwise(string option, string value) =>
        Assert.Equal(1, MountOptionTests.Request(
            "--backup_storage_implementation=gcs", "--gcs_backup_storage_bucket=b", option, value, "/mnt").FileSystem.DirectoryLevels);

    [Theory]
    [InlineData("--s3_backup_storage_bucket=b", "--s3_backup_storage_bucket needs --backup_storage_implementation")]
    [InlineData("--backup_storage_implementation=s3", "--s3_backup_storage_bucket is missing")]
    [InlineData("--backup_storage_implementation=azblob --azblob_backup_account_name=a", "--azblob_backup_container_name is missing")]
    [InlineData("--backup_storage_implementation=file", "--file_backup_storage_root is missing")]
    [InlineData("--backup_storage_implementation=tape", "file, s3, gcs, azblob or ceph")]
    [InlineData("--backup_storage_implementation=s3 --s3-backup-storage-bucket=b --gcs-backup-storage-bucket=b", "--gcs-backup-storage-bucket is for gcs")]
    [InlineData("--backup_storage_implementation=s3 --s3_backup_storage_bucket=b --storage=/srv", "both say where backups are")]
    [InlineData("--backup_storage_implementation=s3 --s3_backup_storage_bucket=b --s3_backup_storage_root=/r/", "slash at either end")]
    [InlineData("--backup_storage_implementation=s3 --s3_backup_storage_bucket=b --s3_backup_force_path_style=yes", "true or false")]
    [InlineData("--backup_storage_implementation=s3 --s3_backup_storage_bucket=b --s3_backup_aws_retries=many", "accepted is a number")]
    [InlineData("--backup_storage_implementation=s3 --s3_backup_storage_bucket=b --tablet-path=zone1-100", "--s3_backup_storage_bucket,")]
    [InlineData("--s3_backup_storage_bukket=b", "did you mean --s3_backup_storage_bucket?")]
    [InlineData("--xtrabackup_stripes=4", "of Vitess's flags, these are understood")]
    public void What_is_missing_contradicts_or_is_unknown_is_named(string flags, string said) =>
        Assert.Contains(said, Assert.Throws<UsageException>(() => MountOptionTests.Request([.. flags.Split(' '), "/mnt"])).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("--s3_backup_log_level=LogDebugWithSigning", LogLevel.Debug)]
    [InlineData("--s3_backup_log_level=LogOff", LogLevel.Information)]
    [InlineData("--s3_backup_log_level=LogDebug --log-level=error", LogLevel.Error)]
    public void The_log_level_of_s3_is_the_log_level(string flags, LogLevel level) => Assert.Equal(
        level,
        MountOptionTests.Request(["--backup_storage_implementation=s3", "--s3_backup_storage_bucket=b", .. flags.Split(' '), "/mnt"]).LogLevel);

    [Fact]
    public void A_flag_without_its_value_is_named() => Assert.Contains(
        "--s3_backup_storage_bucket needs a value",
        Assert.Throws<UsageException>(() => ArgumentParser.Parse(["mount", "/mnt", "--s3_backup_storage_bucket"])).Message,
        StringComparison.Ordinal);

    [Fact]
    public async Task Other_verbs_understand_them_too()
    {
        var world = new TestWorld { Storages = _ => new MemoryStorage() };

        Assert.Equal(ExitCode.Ok, await world.RunAsync("list", "--backup_storage_implementation=gcs", "--gcs_backup_storage_bucket=b"));
        Assert.Equal("gcs://b", world.Opened!.Location);
        await world.RunAsync("remove", "--backup_storage_implementation", "gcs", "--gcs_backup_storage_bucket", "c", "ks/-80/monday");
        Assert.Equal("gcs://c", world.Opened!.Location);

        // They upload nothing, and need not be warned of how it would be done.
        await world.RunAsync("list", "--backup_storage_implementation=azblob", "--azblob_backup_container_name=c", "--azblob_backup_buffer_size=104857600");
        Assert.Equal("azblob://c", world.Opened!.Location);
    }

    [Theory]
    [InlineData("s3", "--s3_backup_storage_bucket=bucket --s3_backup_aws_min_partsize=5368709120", "part-size=5GiB is too large", "32MiB is used instead")]
    [InlineData("s3", "--s3_backup_storage_bucket=bucket --s3_backup_aws_min_partsize=9223372036854775807", "is too large", "32MiB is used instead")]
    [InlineData("s3", "--s3_backup_storage_bucket=bucket --s3_backup_aws_min_partsize=1")]
    [InlineData("s3", "--s3_backup_storage_bucket=bucket --s3_backup_aws_min_partsize=104857600 --memory=1GiB")]
    [InlineData(
        "azblob", "--azblob_backup_account_name=a --azblob_backup_container_name=c --azblob_backup_buffer_size=104857600",
        "it needs --memory 800MiB", "32MiB is used instead")]
    [InlineData(
        "azblob", "--azblob_backup_account_name=a --azblob_backup_container_name=c --azblob_backup_parallelism=100",
        "upload-parallelism=100", "64 is used instead")]
    [InlineData("azblob", "--azblob_backup_account_name=a --azblob_backup_container_name=c --azblob_backup_parallelism=4 --azblob_backup_buffer_size=1000")]
    [Promise("object-vitess-sizes")]
    public async Task What_is_not_possible_is_warned_of_once_and_does_not_keep_a_mount_from_starting(string implementation, string flags, params string[] warned)
    {
        var request = MountOptionTests.Request([$"--backup_storage_implementation={implementation}", .. flags.Split(' '), "/mnt"]);
        var lines = new List<string>();
        using var loggers = LineLoggerProvider.CreateFactory(lines.Add, TimeProvider.System, LogLevel.Trace);
        var storage = new Composition().OpenStorage(new StorageSource(request.Storage) { Objects = request.Objects }, loggers);
        await storage.CloseAsync(default);
        Assert.Equal(warned.Length > 0 ? 1 : 0, lines.Count);
        Assert.All(warned, text => Assert.Contains(text, lines[0], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Help_names_every_flag()
    {
        var world = new TestWorld();
        await world.RunAsync("mount", "--help");
        Assert.All(VitessFlags.Names, name => Assert.Contains(name, world.Output.ToString(), StringComparison.Ordinal));
    }
}
