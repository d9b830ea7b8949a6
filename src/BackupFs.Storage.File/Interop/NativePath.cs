using System.Text;
using System.Text.Unicode;

namespace BackupFs.Storage.File.Interop;

/// <summary>Turns paths into the NUL-terminated UTF-8 that the kernel takes, in a buffer of the caller's stack.</summary>
internal static class NativePath
{
    /// <summary>Room for the longest path and its NUL: PATH_MAX.</summary>
    public const int BufferSize = 4096;

    /// <summary>Room for the longest name and its NUL.</summary>
    public const int NameBufferSize = 256;

    /// <summary>Encodes <paramref name="path"/>; an empty one becomes <c>.</c>. False when it is too long or no Unicode.</summary>
    public static bool TryEncode(ReadOnlySpan<char> path, Span<byte> buffer)
    {
        if (path.IsEmpty)
        {
            buffer[0] = (byte)'.';
            buffer[1] = 0;
            return true;
        }

        if (Utf8.FromUtf16(path, buffer[..^1], out _, out var written, replaceInvalidSequences: false) != System.Buffers.OperationStatus.Done)
        {
            return false;
        }

        buffer[written] = 0;
        return true;
    }

    /// <summary>The path of a descriptor in /proc, for calls that take no descriptor or refuse O_PATH ones.</summary>
    public static void EncodeDescriptor(Descriptor descriptor, Span<byte> buffer)
    {
        Utf8.TryWrite(buffer, $"/proc/self/fd/{descriptor.Number}\0", out _);
    }

    /// <summary>A name as the kernel gave it; bytes that are no UTF-8 become U+FFFD, and such a name cannot be opened.</summary>
    public static string Decode(ReadOnlySpan<byte> name) => Encoding.UTF8.GetString(name);
}
