using System.Buffers.Binary;

namespace BackupFs.Storage.S3;

/// <summary>CRC-64/NVME: reflected, polynomial 0xAD93D23594C93659, all ones at the start and at the end.</summary>
/// <remarks>Source: NVM Express NVM Command Set Specification 1.0c, 5.2.1.3.4; check value of "123456789" is AE8B14860A799888.</remarks>
internal struct Crc64Nvme
{
    private const ulong Reflected = 0x9A6C9329AC4BC9B5;

    /// <summary>Eight tables, so that eight bytes are taken at a time.</summary>
    private static readonly ulong[] Tables = CreateTables();

    private ulong _value;

    /// <summary>Of all that was appended.</summary>
    internal readonly ulong Value => _value;

    /// <summary>Appends bytes.</summary>
    internal void Append(ReadOnlySpan<byte> bytes)
    {
        var crc = ~_value;
        var tables = Tables.AsSpan(0, 8 * 256);
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            crc ^= BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            crc = tables[(7 * 256) + (int)(crc & 0xFF)]
                ^ tables[(6 * 256) + (int)((crc >> 8) & 0xFF)]
                ^ tables[(5 * 256) + (int)((crc >> 16) & 0xFF)]
                ^ tables[(4 * 256) + (int)((crc >> 24) & 0xFF)]
                ^ tables[(3 * 256) + (int)((crc >> 32) & 0xFF)]
                ^ tables[(2 * 256) + (int)((crc >> 40) & 0xFF)]
                ^ tables[256 + (int)((crc >> 48) & 0xFF)]
                ^ tables[(int)(crc >> 56)];
        }

        foreach (var value in bytes)
        {
            crc = tables[(int)((crc ^ value) & 0xFF)] ^ (crc >> 8);
        }

        _value = ~crc;
    }

    /// <summary>The CRC of two strings of bytes one after the other.</summary>
    /// <param name="first">Of the first.</param>
    /// <param name="second">Of the second.</param>
    /// <param name="secondLength">Bytes of the second.</param>
    internal static ulong Combine(ulong first, ulong second, long secondLength)
    {
        // Appending zeros to the first is linear: square the matrix of one zero byte for each bit of the length.
        var step = new ulong[64];
        for (var bit = 0; bit < 64; bit++)
        {
            var crc = 1UL << bit;
            step[bit] = Tables[(int)(crc & 0xFF)] ^ (crc >> 8);
        }

        for (var length = secondLength; length > 0; length >>= 1)
        {
            if ((length & 1) != 0)
            {
                first = Multiply(step, first);
            }

            var squared = new ulong[64];
            for (var bit = 0; bit < 64; bit++)
            {
                squared[bit] = Multiply(step, step[bit]);
            }

            step = squared;
        }

        return first ^ second;
    }

    private static ulong Multiply(ulong[] matrix, ulong vector)
    {
        var product = 0UL;
        for (var bit = 0; vector != 0; bit++, vector >>= 1)
        {
            product ^= (vector & 1) != 0 ? matrix[bit] : 0;
        }

        return product;
    }

    private static ulong[] CreateTables()
    {
        var tables = new ulong[8 * 256];
        for (var value = 0; value < 256; value++)
        {
            var crc = (ulong)value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) != 0 ? Reflected : 0);
            }

            tables[value] = crc;
        }

        for (var at = 256; at < tables.Length; at++)
        {
            var before = tables[at - 256];
            tables[at] = tables[(int)(before & 0xFF)] ^ (before >> 8);
        }

        return tables;
    }
}
