using System.Buffers.Binary;
using BackupFs.WinFsp.Security;

namespace BackupFs.WinFsp.Tests.Security;

/// <summary>Decides rights as Windows does: entries in their order, the first that names a right for one of the user's identifiers wins.</summary>
internal static class AccessCheck
{
    public static FileAccessRights Granted(ReadOnlySpan<byte> descriptor, params Sid[] user)
    {
        ReadOnlySpan<byte> list = descriptor[(int)BinaryPrimitives.ReadUInt32LittleEndian(descriptor[16..])..];
        int count = BinaryPrimitives.ReadUInt16LittleEndian(list[4..]);
        ReadOnlySpan<byte> rest = list[8..];
        FileAccessRights granted = 0;
        FileAccessRights denied = 0;
        for (int index = 0; index < count; index++)
        {
            int size = BinaryPrimitives.ReadUInt16LittleEndian(rest[2..]);
            var rights = (FileAccessRights)BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            string sid = Convert.ToHexString(rest[8..size]);
            if (user.Append(Sid.Everyone).Any(member => Convert.ToHexString(member.Bytes) == sid))
            {
                granted |= rest[0] == 0 ? rights & ~denied : 0;
                denied |= rest[0] == 1 ? rights & ~granted : 0;
            }

            rest = rest[size..];
        }

        return granted;
    }
}
