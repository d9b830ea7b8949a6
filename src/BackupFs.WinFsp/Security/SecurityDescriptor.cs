using System.Buffers.Binary;

namespace BackupFs.WinFsp.Security;

/// <summary>Writes and measures security descriptors in the self-relative form, without Windows.</summary>
public static class SecurityDescriptor
{
    /// <summary>Bytes that a descriptor may have here; WinFsp cannot pass on more.</summary>
    internal const int LongestLength = 16 * 1024;

    // Head: revision, 0, control (16 bits), offsets of owner, group, system list, discretionary list.
    private const int HeadSize = 20;
    private const byte Revision = 1;
    private const int ControlOffset = 2;
    private const int OwnerOffset = 4;
    private const int GroupOffset = 8;
    private const int SaclOffset = 12;
    private const int DaclOffset = 16;
    private const ushort HasDacl = 0x0004; // SE_DACL_PRESENT
    private const ushort Protected = 0x1000; // SE_DACL_PROTECTED: nothing is inherited
    private const ushort SelfRelative = 0x8000;

    // List: revision, 0, size, count of entries, 0. Entry: type, flags, size, rights, identifier.
    private const byte ListRevision = 2;
    private const int ListHeadSize = 8;
    private const int ListSizeOffset = 2;
    private const int ListCountOffset = 4;
    private const int EntryHeadSize = 8;
    private const int EntrySizeOffset = 2;
    private const int EntryRightsOffset = 4;
    private const byte AllowedType = 0;
    private const byte DeniedType = 1;

    /// <summary>A descriptor with an owner, a group and a list of rights; an empty list gives nobody any.</summary>
    public static byte[] Build(Sid owner, Sid group, IReadOnlyCollection<AccessEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(owner);
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(entries);
        int listSize = ListHeadSize + entries.Sum(entry => EntryHeadSize + entry.Sid.Bytes.Length);
        int groupStart = HeadSize + owner.Bytes.Length;
        int listStart = groupStart + group.Bytes.Length;
        var descriptor = new byte[listStart + listSize];
        Span<byte> head = descriptor;
        head[0] = Revision;
        BinaryPrimitives.WriteUInt16LittleEndian(head[ControlOffset..], HasDacl | Protected | SelfRelative);
        BinaryPrimitives.WriteUInt32LittleEndian(head[OwnerOffset..], HeadSize);
        BinaryPrimitives.WriteUInt32LittleEndian(head[GroupOffset..], (uint)groupStart);
        BinaryPrimitives.WriteUInt32LittleEndian(head[DaclOffset..], (uint)listStart);
        owner.Bytes.CopyTo(head[HeadSize..]);
        group.Bytes.CopyTo(head[groupStart..]);
        WriteList(entries, head[listStart..]);
        return descriptor;
    }

    /// <summary>
    /// Bytes of the self-relative descriptor that some bytes begin with: where its last part ends. Throws <see cref="FormatException"/>.
    /// </summary>
    internal static int LengthOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeadSize
            || bytes[0] != Revision
            || (BinaryPrimitives.ReadUInt16LittleEndian(bytes[ControlOffset..]) & SelfRelative) == 0)
        {
            throw new FormatException("Not a self-relative security descriptor.");
        }

        int length = HeadSize;
        foreach (int field in (ReadOnlySpan<int>)[OwnerOffset, GroupOffset, SaclOffset, DaclOffset])
        {
            uint start = BinaryPrimitives.ReadUInt32LittleEndian(bytes[field..]);
            if (start == 0)
            {
                continue;
            }

            if (start < HeadSize || start > bytes.Length - ListHeadSize)
            {
                throw new FormatException("A part of the security descriptor lies outside it.");
            }

            ReadOnlySpan<byte> part = bytes[(int)start..];
            int size = field is OwnerOffset or GroupOffset
                ? Sid.LengthOf(part)
                : BinaryPrimitives.ReadUInt16LittleEndian(part[ListSizeOffset..]);
            length = Math.Max(length, (int)start + size);
        }

        return length <= bytes.Length ? length : throw new FormatException("The security descriptor is too long.");
    }

    private static void WriteList(IReadOnlyCollection<AccessEntry> entries, Span<byte> list)
    {
        list[0] = ListRevision;
        BinaryPrimitives.WriteUInt16LittleEndian(list[ListSizeOffset..], (ushort)list.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(list[ListCountOffset..], (ushort)entries.Count);
        Span<byte> rest = list[ListHeadSize..];
        foreach (AccessEntry entry in entries)
        {
            int size = EntryHeadSize + entry.Sid.Bytes.Length;
            rest[0] = entry.Allowed ? AllowedType : DeniedType;
            BinaryPrimitives.WriteUInt16LittleEndian(rest[EntrySizeOffset..], (ushort)size);
            BinaryPrimitives.WriteUInt32LittleEndian(rest[EntryRightsOffset..], (uint)entry.Rights);
            entry.Sid.Bytes.CopyTo(rest[EntryHeadSize..]);
            rest = rest[size..];
        }
    }
}
