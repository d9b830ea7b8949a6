using BackupFs.WinFsp.Driver;
using BackupFs.WinFsp.Security;
using BackupFs.WinFsp.Tests.Memory;

namespace BackupFs.WinFsp.Tests.Serving;

/// <summary>Security descriptors, extended attributes, control codes, the volume's own data.</summary>
public class MetadataTests
{
    private readonly MemoryOperations _operations = new();

    [Fact]
    public async Task A_descriptor_that_does_not_fit_says_how_long_it_is()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        using DriverFile root = volume.OpenDirectory(@"\");
        byte[] descriptor = root.GetSecurity();
        Check(volume.Table, root.Context, (nuint)descriptor.Length);

        static unsafe void Check(OperationTable table, nint context, nuint length)
        {
            using var room = new GuardedMemory((int)length - 1);
            nuint size = length - 1;
            Assert.Equal(NtStatus.BufferOverflow, table.GetSecurity(context, room.Address, &size));
            Assert.Equal(length, size);
            size = length - 1;
            uint attributes = 0;
            Assert.Equal(NtStatus.BufferOverflow, table.GetSecurityByName("\\", &attributes, room.Address, &size));
            Assert.Equal((length, (uint)FileAttributes.Directory), (size, attributes));
            Assert.True(room.IsUntouched);

            // Nobody need want everything.
            Assert.Equal(NtStatus.Success, table.GetSecurityByName("\\", null, null, null));
            size = length;
            Assert.Equal(NtStatus.Success, table.GetSecurityByName("\\", null, null, &size));
            Assert.Equal(length, size);
        }
    }

    [Fact]
    public async Task A_descriptor_is_set_without_what_lies_behind_it()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        using DriverFile file = volume.CreateFile(@"\a");
        byte[] descriptor = PosixPermissions.ToDescriptor(Sid.UnixUser(5), Sid.UnixGroup(6), 0x1C0, directory: false);
        file.SetSecurity(SecurityInformation.Dacl | SecurityInformation.Owner, [.. descriptor, .. new byte[50]]);
        Assert.Equal(descriptor, file.GetSecurity());
        Assert.Contains("SetSecurity Owner, Dacl", _operations.Calls);
    }

    [Fact]
    public async Task Extended_attributes_are_set_and_removed()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations, new WinFspVolumeOptions { ExtendedAttributes = true });
        using DriverFile file = volume.CreateFile(@"\a");
        WinFspFileInfo info = file.SetExtendedAttributes(new("ONE", new byte[] { 1 }), new("TWO", new byte[] { 2, 3 }));
        Assert.Equal(5u + 3 + 1 + 5 + 3 + 2, info.EaSize);
        Assert.Equal(["ONE", "TWO"], file.GetExtendedAttributes().Select(attribute => attribute.Name).Order());
        file.SetExtendedAttributes(new WinFspExtendedAttribute("ONE", default));
        WinFspExtendedAttribute left = Assert.Single(file.GetExtendedAttributes());
        Assert.Equal(("TWO", "0203"), (left.Name, Convert.ToHexString(left.Value.Span)));
    }

    [Fact]
    public async Task Extended_attributes_that_do_not_fit_are_an_error()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations, new WinFspVolumeOptions { ExtendedAttributes = true });
        using DriverFile file = volume.CreateFile(@"\a");
        file.SetExtendedAttributes(new WinFspExtendedAttribute("ONE", new byte[10_000]));
        file.SetExtendedAttributes(new WinFspExtendedAttribute("TWO", new byte[10_000]));
        Assert.Equal(NtStatus.EaListInconsistent, DriverException.StatusOf(() => file.GetExtendedAttributes()));
    }

    [Fact]
    public async Task A_control_code_is_answered()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        using DriverFile file = volume.CreateFile(@"\a");
        Assert.Equal("uryyb"u8.ToArray(), file.Control(MemoryOperations.Rot13, "hello"u8, 5));
        Assert.Empty(file.Control(MemoryOperations.Rot13, [], 0));
        Assert.Equal(NtStatus.InvalidDeviceRequest, DriverException.StatusOf(() => file.Control(1, "hello"u8, 5)));
        Assert.Equal(NtStatus.BufferTooSmall, DriverException.StatusOf(() => file.Control(MemoryOperations.Rot13, "hello"u8, 4)));
    }

    [Fact]
    public async Task The_volume_tells_its_figures_and_takes_a_label()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        Assert.Equal(new WinFspVolumeInfo(1000, 400, "memory"), volume.GetInfo());
        Assert.Equal("new", volume.SetLabel("new").Label);
        Assert.Equal("new", volume.GetInfo().Label);
        _operations.Refuse["SetVolumeLabel"] = NtStatus.MediaWriteProtected;
        Assert.Equal(NtStatus.MediaWriteProtected, DriverException.StatusOf(() => volume.SetLabel("x")));
    }
}
