using System.Text;

namespace BackupFs.Fuse.Interop;

/// <summary>Paths and other strings as the C library takes them.</summary>
internal static class NativePath
{
    /// <summary>The bytes of a string in UTF-8 with a NUL after them. Throws when the string holds a NUL.</summary>
    internal static byte[] Terminated(string value)
    {
        if (value.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("The text contains a NUL character.", nameof(value));
        }

        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(value) + 1];
        Encoding.UTF8.GetBytes(value, bytes);
        return bytes;
    }
}
