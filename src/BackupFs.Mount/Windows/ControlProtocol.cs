using System.Buffers.Binary;
using System.Text;

namespace BackupFs.Mount.Windows;

/// <summary>
/// How the verbs talk to a mount: DeviceIoControl on any file or directory in it. A question is one byte that says which, and
/// text; its answer one byte that says how it went, and text. Answers longer than a transfer are read in pieces.
/// </summary>
internal static class ControlProtocol
{
    /// <summary>Asks; answers the length of the whole answer (32 bits, little-endian), and its beginning.</summary>
    public const uint Ask = DeviceType | (0x801 << 2);

    /// <summary>Reads on in the answer to the last question of this open, from an offset (32 bits, little-endian).</summary>
    public const uint ReadOn = DeviceType | (0x802 << 2);

    /// <summary>The most bytes of a question and of a transfer.</summary>
    public const int LongestTransfer = 4096;

    /// <summary>Bytes before the beginning of an answer.</summary>
    public const int LengthSize = sizeof(int);

    // Vendors' device types have the highest bit set; WinFsp hands on no others. Buffered, and open to any handle.
    private const uint DeviceType = 0xB0F5u << 16;

    /// <summary>The bytes of a question or an answer.</summary>
    public static byte[] Write(byte kind, params ReadOnlySpan<string> parts) => [kind, .. Encoding.UTF8.GetBytes(string.Join('\0', parts))];

    /// <summary>What <see cref="Write"/> wrote.</summary>
    public static (byte Kind, string[] Parts) Read(ReadOnlySpan<byte> message) => message.IsEmpty
        ? ((byte)0, [])
        : (message[0], Encoding.UTF8.GetString(message[1..]).Split('\0'));

    /// <summary>A number in front of a transfer.</summary>
    public static int ReadNumber(ReadOnlySpan<byte> transfer) =>
        transfer.Length < LengthSize ? 0 : BinaryPrimitives.ReadInt32LittleEndian(transfer);

    /// <summary>The same, written.</summary>
    public static byte[] WriteNumber(int number)
    {
        var bytes = new byte[LengthSize];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        return bytes;
    }
}
