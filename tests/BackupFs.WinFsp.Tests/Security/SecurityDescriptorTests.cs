using BackupFs.WinFsp.Security;
using CsCheck;

namespace BackupFs.WinFsp.Tests.Security;

public class SecurityDescriptorTests
{
    private static readonly AccessEntry[] Entries =
    [
        new(false, Sid.Users, FileAccessRights.WriteData),
        new(true, Sid.Everyone, FileAccessRights.All),
    ];

    [Fact]
    public void The_bytes_are_those_of_Windows()
    {
        // O:BA G:SY D:P(D;;0x2;;;BU)(A;;FA;;;WD)
        string expected =
            "01000490" + "14000000" + "24000000" + "00000000" + "30000000" +
            "01020000000000052000000020020000" + "010100000000000512000000" +
            "0200" + "3400" + "0200" + "0000" +
            "0100" + "1800" + "02000000" + "01020000000000052000000021020000" +
            "0000" + "1400" + "FF011F00" + "010100000000000100000000";
        Assert.Equal(expected, Convert.ToHexString(SecurityDescriptor.Build(Sid.Administrators, Sid.LocalSystem, Entries)));
    }

    [Fact]
    public void The_length_is_found_without_being_told() => Gen.Int[0, 200].Sample(extra =>
    {
        byte[] descriptor = SecurityDescriptor.Build(Sid.Administrators, Sid.UnixGroup(7), Entries);
        Assert.Equal(descriptor.Length, SecurityDescriptor.LengthOf([.. descriptor, .. new byte[extra]]));
    });

    [Fact]
    public void A_descriptor_without_parts_is_its_head() =>
        Assert.Equal(20, SecurityDescriptor.LengthOf([1, 0, 0, 0x80, .. new byte[16]]));

    [Fact]
    public void No_bytes_make_it_look_outside() => Gen.Byte.Array[0, 100].Sample(bytes =>
    {
        if (bytes.Length >= 4)
        {
            (bytes[0], bytes[3]) = (1, 0x80);
        }

        try
        {
            Assert.InRange(SecurityDescriptor.LengthOf(bytes), 20, bytes.Length);
        }
        catch (FormatException)
        {
            // Refused, which is right for nearly all of them.
        }
    });

    [Fact]
    public void An_absolute_descriptor_is_refused() =>
        Assert.Throws<FormatException>(() => SecurityDescriptor.LengthOf([1, 0, 4, 0, .. new byte[16]]));
}
