using System.Text;
using BackupFs.Fuse.Interop;

namespace BackupFs.Fuse;

/// <summary>
/// Extended attributes of a path; a symbolic link at its end is not followed. Results are values:
/// <see cref="Errno.ENODATA"/> for an attribute that is not there, <see cref="Errno.EOPNOTSUPP"/> for a file system
/// without. Thread-safe.
/// </summary>
public static unsafe class ExtendedAttributes
{
    private const int MaxTries = 16;

    /// <summary>Reads an attribute.</summary>
    public static Errno Get(string path, string name, out byte[] value)
    {
        byte[] namePointer = NativePath.Terminated(name);
        return Read(path, out value, (byte* pathPointer, byte* buffer, nuint size) =>
        {
            // SAFETY: pinned for the call; buffer and size belong together.
            fixed (byte* attribute = namePointer)
            {
                return Libc.lgetxattr(pathPointer, attribute, buffer, size);
            }
        });
    }

    /// <summary>Lists the names.</summary>
    public static Errno List(string path, out IReadOnlyList<string> names)
    {
        Errno error = Read(path, out byte[] list, Libc.llistxattr);
        names = Encoding.UTF8.GetString(list).Split('\0', StringSplitOptions.RemoveEmptyEntries);
        return error;
    }

    /// <summary>Sets an attribute.</summary>
    public static Errno Set(string path, string name, ReadOnlySpan<byte> value, XattrSetFlags flags = XattrSetFlags.None)
    {
        // SAFETY: NUL-terminated arrays and a span, pinned for the call.
        fixed (byte* pathPointer = NativePath.Terminated(path))
        fixed (byte* namePointer = NativePath.Terminated(name))
        fixed (byte* valuePointer = value)
        {
            return Libc.lsetxattr(pathPointer, namePointer, valuePointer, (nuint)value.Length, (int)flags) < 0
                ? Libc.LastError
                : Errno.None;
        }
    }

    /// <summary>Removes an attribute.</summary>
    public static Errno Remove(string path, string name)
    {
        // SAFETY: NUL-terminated arrays, pinned for the call.
        fixed (byte* pathPointer = NativePath.Terminated(path))
        fixed (byte* namePointer = NativePath.Terminated(name))
        {
            return Libc.lremovexattr(pathPointer, namePointer) < 0 ? Libc.LastError : Errno.None;
        }
    }

    private delegate nint ReadCall(byte* path, byte* buffer, nuint size);

    // Asks for the size, then for the value, again while it grows in between.
    private static Errno Read(string path, out byte[] value, ReadCall call)
    {
        value = [];
        // SAFETY: pinned for the calls; each buffer is given with its size.
        fixed (byte* pathPointer = NativePath.Terminated(path))
        {
            for (int attempt = 0; attempt < MaxTries; attempt++)
            {
                nint size = call(pathPointer, null, 0);
                if (size <= 0)
                {
                    return size < 0 ? Libc.LastError : Errno.None;
                }

                byte[] buffer = new byte[size];
                fixed (byte* bufferPointer = buffer)
                {
                    nint count = call(pathPointer, bufferPointer, (nuint)size);
                    Errno error = count < 0 ? Libc.LastError : Errno.None;
                    if (error != Errno.ERANGE)
                    {
                        value = error == Errno.None ? buffer[..(int)count] : [];
                        return error;
                    }
                }
            }
        }

        return Errno.ERANGE;
    }
}
