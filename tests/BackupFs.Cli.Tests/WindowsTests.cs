using BackupFs.Cli.Mounting;
using Xunit;

namespace BackupFs.Cli.Tests;

/// <summary>What is otherwise on Windows, as far as it does not need one.</summary>
public class WindowsTests
{
    private readonly TestWorld _world = new() { IsWindows = true };

    public WindowsTests()
    {
        _world.Environment.Remove("HOME");
        _world.Environment["ProgramData"] = @"C:\ProgramData";
        _world.Environment["LOCALAPPDATA"] = @"C:\Users\somebody\AppData\Local";
    }

    [Fact]
    public void Administrators_have_a_default_of_the_machine_and_others_one_of_their_own()
    {
        Assert.Equal(@"C:\ProgramData\backupfs\storage", StorageLocation.Choose(null, _world.Context));
        _world.IsPrivileged = false;
        Assert.Equal(@"C:\Users\somebody\AppData\Local\backupfs\storage", StorageLocation.Choose(null, _world.Context));
        _world.Environment.Remove("LOCALAPPDATA");
        Assert.Contains("--storage", Assert.Throws<UsageException>(() => StorageLocation.Choose(null, _world.Context)).Message, StringComparison.Ordinal);
        Assert.Equal(@"D:\Data\backupfs\config.json", WindowsPlaces.MachineConfiguration(_ => @"D:\Data\"));
        Assert.Equal(@"C:\ProgramData\backupfs\config.json", WindowsPlaces.MachineConfiguration(_ => null));
    }

    [Theory]
    [InlineData(@"C:\backups", @"C:\backups")]
    [InlineData("C:/backups", @"C:\backups")]
    [InlineData("file:///C:/backups", @"C:\backups")]
    [InlineData("directory:///C:/a%20b", @"C:\a b")]
    [InlineData(@"\\server\share\backups", @"\\server\share\backups")]
    [InlineData("s3://bucket/root", null)]
    public void A_local_directory_is_recognised(string location, string? directory) =>
        Assert.Equal(directory, StorageLocation.LocalDirectory(location, isWindows: true));

    [Theory]
    [InlineData("x:", "X:")]
    [InlineData(@"X:\", "X:")]
    [InlineData(@"C:\mnt\backups", @"C:\mnt\backups")]
    [InlineData("C:/mnt/backups/", @"C:\mnt\backups")]
    [InlineData(@"C:\new", @"C:\new")]
    public void A_free_drive_and_a_directory_to_be_made_are_mount_points(string text, string mountPoint) =>
        Assert.Equal(mountPoint, Machine().Prepare(text, @"D:\backups"));

    [Theory]
    [InlineData("D:", "is in use; Z: is free")]
    [InlineData(@"C:\mnt", "rmdir")]
    [InlineData(@"C:\missing\backups", @"mkdir C:\missing")]
    [InlineData(@"\\server\share\x", "has to be a free drive")]
    [InlineData(@"C:\", "is in use")]
    [InlineData(@"D:\backups\mnt", "within each other")]
    [InlineData(@"d:\BACKUPS", "within each other")]
    public void What_is_none_is_refused_with_what_to_do(string text, string words) =>
        Assert.Contains(words, Assert.Throws<CommandException>(() => Machine().Prepare(text, "file:///D:/backups")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("--foreground")]
    [InlineData("--passthrough", "off")]
    [InlineData("--fake")]
    public async Task Options_of_linux_are_refused_with_the_reason(params string[] options)
    {
        Assert.Equal(ExitCode.Usage, await _world.RunAsync(["mount", .. options, "--storage", "memory:", "X:"]));
        Assert.Contains($"{options[0]} is not for Windows", _world.Error.ToString(), StringComparison.Ordinal);
    }

    private static WindowsMountPointCheck Machine() => new(
        path => path is @"C:\" or @"D:\" or @"C:\mnt" or @"D:\backups",
        path => path is @"C:\" or @"C:\mnt" or @"D:\backups");
}
