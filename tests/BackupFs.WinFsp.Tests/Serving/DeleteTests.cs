using BackupFs.WinFsp.Driver;
using BackupFs.WinFsp.Tests.Memory;

namespace BackupFs.WinFsp.Tests.Serving;

public class DeleteTests
{
    private readonly MemoryOperations _operations = new();

    [Fact]
    public async Task A_file_is_deleted_when_it_is_closed_and_not_before()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        volume.WriteAllBytes(@"\a", "x"u8);
        using DriverFile file = volume.Open(@"\a");
        file.SetDelete(true);
        Assert.True(volume.Exists(@"\a"));
        file.Cleanup();
        Assert.False(volume.Exists(@"\a"));
        Assert.Equal(1UL, file.GetInfo().FileSize); // the open is still good until Close
        Assert.Contains(@"SetDelete \a:True", _operations.Calls);
        Assert.Contains(@"Cleanup \a:Delete, SetLastAccessTime", _operations.Calls);
    }

    [Fact]
    public async Task Deleting_can_be_taken_back()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        volume.WriteAllBytes(@"\a", "x"u8);
        using (DriverFile file = volume.Open(@"\a"))
        {
            file.SetDelete(true);
            file.SetDelete(false);
        }

        Assert.True(volume.Exists(@"\a"));
    }

    [Fact]
    public async Task Delete_on_close_deletes_without_asking()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        volume.Create(@"\a", new DriverOpen { Disposition = CreateDisposition.Create, Options = CreateOptions.DeleteOnClose }).Dispose();
        Assert.False(volume.Exists(@"\a"));
        Assert.DoesNotContain(_operations.Calls, call => call.StartsWith("SetDelete", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_directory_is_deleted_only_when_it_is_empty()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        volume.CreateDirectory(@"\d");
        volume.WriteAllBytes(@"\d\a", "x"u8);
        Assert.Equal(NtStatus.DirectoryNotEmpty, DriverException.StatusOf(() => volume.Delete(@"\d")));
        volume.Delete(@"\d\a");
        volume.Delete(@"\d");
        Assert.False(volume.Exists(@"\d"));
    }

    [Fact]
    public async Task With_posix_semantics_the_name_goes_while_others_have_the_file_open()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        volume.WriteAllBytes(@"\a", "old"u8);
        using DriverFile reader = volume.Open(@"\a");
        volume.Delete(@"\a");
        Assert.False(volume.Exists(@"\a"));
        Assert.Equal("old"u8.ToArray(), reader.ReadToEnd());
        volume.WriteAllBytes(@"\a", "new"u8);
        reader.Dispose();
        Assert.Equal("new"u8.ToArray(), volume.ReadAllBytes(@"\a"));
    }

    [Fact]
    public async Task Without_them_the_last_one_to_close_deletes()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations, new WinFspVolumeOptions { PosixUnlinkRename = false });
        volume.WriteAllBytes(@"\a", "old"u8);
        using DriverFile reader = volume.Open(@"\a");
        volume.Delete(@"\a");
        Assert.True(volume.Exists(@"\a"));
        Assert.Equal(NtStatus.DeletePending, DriverException.StatusOf(() => volume.Open(@"\a")));
        reader.Dispose();
        Assert.False(volume.Exists(@"\a"));
    }

    [Fact]
    public async Task A_read_only_file_is_not_deleted()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        using DriverFile file = volume.CreateFile(@"\a");
        file.SetBasicInfo(new WinFspBasicInfo(FileAttributes.ReadOnly, null, null, null, null));
        Assert.Equal(NtStatus.CannotDelete, DriverException.StatusOf(() => file.SetDelete(true)));
    }
}
