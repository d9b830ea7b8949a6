using BackupFs.WinFsp.Security;

namespace BackupFs.WinFsp.Tests.Security;

public class PosixPermissionsTests
{
    private static readonly Sid Owner = Sid.UnixUser(1);
    private static readonly Sid Group = Sid.UnixGroup(2);

    [Fact]
    public void Every_class_has_the_rights_of_its_bits_for_every_mode()
    {
        for (uint mode = 0; mode <= 0x1FF; mode++)
        {
            byte[] descriptor = PosixPermissions.ToDescriptor(Owner, Group, mode, directory: false);
            Check(mode >> 6, AccessCheck.Granted(descriptor, Owner, Group));
            Check(mode >> 6, AccessCheck.Granted(descriptor, Owner));
            Check(mode >> 3, AccessCheck.Granted(descriptor, Group));
            Check(mode, AccessCheck.Granted(descriptor, Sid.UnixUser(99)));
        }

        static void Check(uint bits, FileAccessRights granted)
        {
            Assert.Equal((bits & 4) != 0, (granted & FileAccessRights.ReadData) != 0);
            Assert.Equal((bits & 2) != 0, (granted & FileAccessRights.WriteData) != 0);
            Assert.Equal((bits & 2) != 0, (granted & FileAccessRights.AppendData) != 0);
            Assert.Equal((bits & 1) != 0, (granted & FileAccessRights.Execute) != 0);
        }
    }

    [Fact]
    public void Everybody_sees_attributes_and_only_the_owner_changes_them()
    {
        byte[] descriptor = PosixPermissions.ToDescriptor(Owner, Group, 0, directory: false);
        FileAccessRights others = AccessCheck.Granted(descriptor, Group);
        Assert.Equal(
            FileAccessRights.ReadAttributes | FileAccessRights.ReadEa | FileAccessRights.ReadControl | FileAccessRights.Synchronize, others);
        Assert.Equal(
            others | FileAccessRights.WriteAttributes | FileAccessRights.WriteEa | FileAccessRights.WriteDac,
            AccessCheck.Granted(descriptor, Owner));
    }

    [Fact]
    public void Writing_a_directory_is_deleting_what_is_in_it()
    {
        byte[] directory = PosixPermissions.ToDescriptor(Owner, Group, 0x1E8, directory: true); // rwxr-x---, as 0750
        Assert.NotEqual(FileAccessRights.None, AccessCheck.Granted(directory, Owner) & FileAccessRights.DeleteChild);
        Assert.Equal(FileAccessRights.None, AccessCheck.Granted(directory, Group) & FileAccessRights.DeleteChild);
        byte[] file = PosixPermissions.ToDescriptor(Owner, Group, 0x1FF, directory: false);
        Assert.Equal(FileAccessRights.None, AccessCheck.Granted(file, Owner) & (FileAccessRights.DeleteChild | FileAccessRights.Delete));
    }

    [Fact]
    public void Modes_in_order_need_no_entry_that_denies()
    {
        byte[] plain = PosixPermissions.ToDescriptor(Owner, Group, 0x1A4, directory: false); // rw-r--r--
        int start = plain[16];
        Assert.Equal(3, plain[start + 4]);
    }
}
