using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace BackupFs.Storage.Gcs;

/// <summary>CRC-32C (Castagnoli), the checksum that Google Cloud Storage has of every object; as it writes it: base64 of four bytes, big-endian.</summary>
internal static class Crc32C
{
    /// <summary>The checksum of <c>first + next</c>, from the one of <c>first</c>; 0 is the one of nothing.</summary>
    internal static uint Append(uint checksum, ReadOnlySpan<byte> next)
    {
        var state = ~checksum;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(next))
        {
            state = BitOperations.Crc32C(state, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        }

        foreach (var octet in next[(next.Length & ~(sizeof(ulong) - 1))..])
        {
            state = BitOperations.Crc32C(state, octet);
        }

        return ~state;
    }

    /// <summary>The same for a body.</summary>
    internal static uint Append(uint checksum, in ReadOnlySequence<byte> next)
    {
        foreach (var segment in next)
        {
            checksum = Append(checksum, segment.Span);
        }

        return checksum;
    }

    /// <summary>As it stands in requests and answers.</summary>
    internal static string ToText(uint checksum)
    {
        Span<byte> octets = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(octets, checksum);
        return Convert.ToBase64String(octets);
    }
}
