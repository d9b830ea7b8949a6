using System.Buffers.Binary;
using System.Text;

namespace BackupFs.WinFsp.Layout;

/// <summary>
/// A list of FILE_FULL_EA_INFORMATION: offset of the next entry (0 in the last), flags, length of the name, length of the value, name,
/// a byte 0, value; each at a multiple of 4 bytes.
/// </summary>
internal static class ExtendedAttributeList
{
    private const int HeadSize = 8;
    private const int FlagsOffset = 4;
    private const int NameLengthOffset = 5;
    private const int ValueLengthOffset = 6;
    private const byte NeedEa = 0x80;
    private const int LongestName = 254;

    /// <summary>Reads a list; the values are copies. False when it is malformed.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> list, out List<WinFspExtendedAttribute> attributes)
    {
        attributes = [];
        while (!list.IsEmpty)
        {
            if (list.Length < HeadSize)
            {
                return false;
            }

            uint next = BinaryPrimitives.ReadUInt32LittleEndian(list);
            int nameLength = list[NameLengthOffset];
            int valueLength = BinaryPrimitives.ReadUInt16LittleEndian(list[ValueLengthOffset..]);
            int size = HeadSize + nameLength + 1 + valueLength;
            if (nameLength == 0 || size > list.Length || (next != 0 && (next < size || next > list.Length)))
            {
                return false;
            }

            attributes.Add(new WinFspExtendedAttribute(
                Encoding.Latin1.GetString(list.Slice(HeadSize, nameLength)),
                list.Slice(HeadSize + nameLength + 1, valueLength).ToArray(),
                (list[FlagsOffset] & NeedEa) != 0));
            list = next == 0 ? default : list[(int)next..];
        }

        return true;
    }

    /// <summary>Writes a list; answers how many bytes it takes, and writes nothing when that is more than there are.</summary>
    internal static int Write(IReadOnlyCollection<WinFspExtendedAttribute> attributes, Span<byte> destination)
    {
        int length = 0;
        foreach (WinFspExtendedAttribute attribute in attributes)
        {
            length = Padded(length) + SizeOf(attribute);
        }

        if (length > destination.Length)
        {
            return length;
        }

        destination[..length].Clear();
        int offset = 0;
        int left = attributes.Count;
        foreach (WinFspExtendedAttribute attribute in attributes)
        {
            int size = SizeOf(attribute);
            Span<byte> entry = destination.Slice(offset, size);
            int next = --left == 0 ? 0 : Padded(size);
            BinaryPrimitives.WriteUInt32LittleEndian(entry, (uint)next);
            entry[FlagsOffset] = attribute.Needed ? NeedEa : (byte)0;
            entry[NameLengthOffset] = (byte)Encoding.Latin1.GetBytes(attribute.Name, entry[HeadSize..]);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[ValueLengthOffset..], (ushort)attribute.Value.Length);
            attribute.Value.Span.CopyTo(entry[(HeadSize + attribute.Name.Length + 1)..]);
            offset += next;
        }

        return length;
    }

    private static int SizeOf(WinFspExtendedAttribute attribute)
    {
        if (attribute.Name.Length is 0 or > LongestName || attribute.Value.Length > ushort.MaxValue)
        {
            throw new ArgumentException($"The extended attribute \"{attribute.Name}\" does not fit the format of Windows.");
        }

        return HeadSize + attribute.Name.Length + 1 + attribute.Value.Length;
    }

    private static int Padded(int size) => (size + 3) & ~3;
}
