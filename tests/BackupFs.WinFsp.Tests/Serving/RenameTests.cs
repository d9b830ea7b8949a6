using BackupFs.WinFsp.Driver;
using BackupFs.WinFsp.Tests.Memory;

namespace BackupFs.WinFsp.Tests.Serving;

public class RenameTests
{
    private readonly MemoryOperations _operations = new();

    [Fact]
    public async Task A_file_gets_a_new_name()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        volume.WriteAllBytes(@"\a", "x"u8);
        volume.Rename(@"\a", @"\b");
        Assert.Equal((false, true), (volume.Exists(@"\a"), volume.Exists(@"\b")));
        Assert.Contains(@"Rename \a \b", _operations.Calls);
        Assert.Equal(0u, _operations.LastRenameProcess); // WinFsp tells it only when something may be replaced
    }

    [Fact]
    public async Task What_exists_is_replaced_only_when_that_is_wanted()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        volume.WriteAllBytes(@"\a", "new"u8);
        volume.WriteAllBytes(@"\b", "old"u8);
        Assert.Equal(NtStatus.ObjectNameCollision, DriverException.StatusOf(() => volume.Rename(@"\a", @"\b")));
        Assert.Equal("old"u8.ToArray(), volume.ReadAllBytes(@"\b"));
        volume.Rename(@"\a", @"\b", replace: true);
        Assert.Equal("new"u8.ToArray(), volume.ReadAllBytes(@"\b"));
        Assert.Equal((uint)Environment.ProcessId, _operations.LastRenameProcess);
    }

    [Fact]
    public async Task A_directory_is_not_replaced()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        volume.CreateDirectory(@"\a");
        volume.CreateDirectory(@"\b");
        Assert.Equal(NtStatus.AccessDenied, DriverException.StatusOf(() => volume.Rename(@"\a", @"\b", replace: true)));
    }

    [Fact]
    public async Task A_directory_takes_what_is_in_it_along()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        volume.CreateDirectory(@"\a");
        volume.CreateDirectory(@"\a\sub");
        volume.WriteAllBytes(@"\a\sub\f", "x"u8);
        volume.Rename(@"\a", @"\b");
        Assert.Equal("x"u8.ToArray(), volume.ReadAllBytes(@"\b\sub\f"));
        Assert.False(volume.Exists(@"\a\sub\f"));
    }

    [Fact]
    public async Task Only_the_case_may_change()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        volume.WriteAllBytes(@"\name", "x"u8);
        volume.Rename(@"\name", @"\NAME");
        Assert.Equal(["NAME"], volume.Names(@"\"));
    }

    [Fact]
    public async Task The_driver_does_not_ask_while_something_inside_is_open()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        volume.CreateDirectory(@"\a");
        using DriverFile file = volume.CreateFile(@"\a\f");
        Assert.Equal(NtStatus.AccessDenied, DriverException.StatusOf(() => volume.Rename(@"\a", @"\b")));
        Assert.DoesNotContain(_operations.Calls, call => call.StartsWith("Rename", StringComparison.Ordinal));
        file.Dispose();
        volume.Rename(@"\a", @"\b");
    }

    [Fact]
    public async Task With_posix_semantics_an_open_file_is_replaced_and_stays_readable()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        volume.WriteAllBytes(@"\a", "new"u8);
        volume.WriteAllBytes(@"\b", "old"u8);
        using DriverFile reader = volume.Open(@"\b");
        volume.Rename(@"\a", @"\b", replace: true);
        Assert.Equal("old"u8.ToArray(), reader.ReadToEnd());
        Assert.Equal("new"u8.ToArray(), volume.ReadAllBytes(@"\b"));
    }

    [Fact]
    public async Task Without_them_an_open_file_is_not_replaced()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations, new WinFspVolumeOptions { PosixUnlinkRename = false });
        volume.WriteAllBytes(@"\a", "new"u8);
        volume.WriteAllBytes(@"\b", "old"u8);
        using DriverFile reader = volume.Open(@"\b");
        Assert.Equal(NtStatus.AccessDenied, DriverException.StatusOf(() => volume.Rename(@"\a", @"\b", replace: true)));
    }

    [Fact]
    public async Task The_renamed_open_is_deleted_by_its_new_name()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        using DriverFile file = volume.CreateFile(@"\a");
        file.Rename(@"\b");
        file.SetDelete(true);
        file.Cleanup();
        Assert.Contains(@"Cleanup \b:Delete, SetLastAccessTime", _operations.Calls);
        Assert.False(volume.Exists(@"\b"));
    }
}
