using BackupFs.WinFsp.Driver;
using BackupFs.WinFsp.Interop;
using BackupFs.WinFsp.Tests.Memory;

namespace BackupFs.WinFsp.Tests.Mounting;

public class InterfaceTableTests
{
    // In the order of FSP_FILE_SYSTEM_INTERFACE; what is missing here is reserved.
    private static readonly string[] Order =
    [
        "GetVolumeInfo", "SetVolumeLabel", "GetSecurityByName", "Create", "Open", "Overwrite", "Cleanup", "Close", "Read", "Write", "Flush",
        "GetFileInfo", "SetBasicInfo", "SetFileSize", "CanDelete", "Rename", "GetSecurity", "SetSecurity", "ReadDirectory",
        "ResolveReparsePoints", "GetReparsePoint", "SetReparsePoint", "DeleteReparsePoint", "GetStreamInfo", "GetDirInfoByName", "Control",
        "SetDelete", "CreateEx", "OverwriteEx", "GetEa", "SetEa", "Obsolete0", "DispatcherStopped",
    ];

    private static readonly string[] Absent =
    [
        "Create", "Overwrite", "CanDelete", "ResolveReparsePoints", "GetReparsePoint", "SetReparsePoint", "DeleteReparsePoint",
        "GetStreamInfo", "Obsolete0",
    ];

    [Fact]
    public void Each_operation_has_its_place()
    {
        foreach (InterfaceSlot slot in Enum.GetValues<InterfaceSlot>())
        {
            Assert.Equal(slot.ToString(), Order[(int)slot]);
        }

        Assert.Equal(64, InterfaceTable.Slots);
        Assert.Equal(Order.Length - 1, Enum.GetValues<InterfaceSlot>().Length); // but for the obsolete one
    }

    [Fact]
    public async Task A_volume_with_everything_has_all_that_is_supported_and_nothing_else()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(
            new MemoryOperations(), new WinFspVolumeOptions { ExtendedAttributes = true });
        string[] present = [.. Enumerable.Range(0, Order.Length).Where(volume.Table.Has).Select(slot => Order[slot])];
        Assert.Equal(Order.Except(Absent), present);
        Assert.DoesNotContain(Enumerable.Range(Order.Length, InterfaceTable.Slots - Order.Length), volume.Table.Has);
    }

    [Fact]
    public async Task What_a_volume_does_not_have_is_left_out()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(
            new MemoryOperations(), new WinFspVolumeOptions { ExtendedAttributes = false, DeviceControl = false });
        Assert.False(volume.Table.Has(InterfaceSlot.GetEa) || volume.Table.Has(InterfaceSlot.SetEa) || volume.Table.Has(InterfaceSlot.Control));
        Assert.True(volume.Table.Has(InterfaceSlot.Read));
    }
}
