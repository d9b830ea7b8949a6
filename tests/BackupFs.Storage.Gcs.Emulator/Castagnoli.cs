using System.Buffers.Binary;

namespace BackupFs.Storage.Gcs.Emulator;

/// <summary>CRC-32C by table (reflected polynomial 0x82F63B78): not the code that it checks.</summary>
public static class Castagnoli
{
    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(index =>
    {
        var value = (uint)index;
        for (var bit = 0; bit < 8; bit++)
        {
            value = (value & 1) != 0 ? (value >> 1) ^ 0x82F63B78 : value >> 1;
        }

        return value;
    })];

    /// <summary>As Google writes it: base64 of four bytes, big-endian.</summary>
    public static string ToText(ReadOnlySpan<byte> content)
    {
        var state = uint.MaxValue;
        foreach (var octet in content)
        {
            state = (state >> 8) ^ Table[(byte)(state ^ octet)];
        }

        Span<byte> octets = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(octets, ~state);
        return Convert.ToBase64String(octets);
    }
}
