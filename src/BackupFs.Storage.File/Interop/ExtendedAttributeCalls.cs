using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace BackupFs.Storage.File.Interop;

/// <summary>Extended attributes of what a descriptor refers to, through /proc, so that O_PATH ones (symbolic links, FIFOs) work too.</summary>
[SkipLocalsInit]
internal static unsafe class ExtendedAttributeCalls
{
    private const int MaximumSize = 65536;

    public static Errno Get(Descriptor file, string name, out byte[] value)
    {
        value = [];
        Span<byte> path = stackalloc byte[NativePath.NameBufferSize];
        Span<byte> encodedName = stackalloc byte[NativePath.NameBufferSize];
        if (!NativePath.TryEncode(name, encodedName))
        {
            return Errno.ERANGE;
        }

        NativePath.EncodeDescriptor(file, path);
        Span<byte> small = stackalloc byte[1024];
        var buffer = small;
        while (true)
        {
            // SAFETY: both strings NUL-terminated, the value's room is given; all pinned during the call.
            fixed (byte* pathPointer = path, namePointer = encodedName, valuePointer = buffer)
            {
                var length = Libc.GetAttribute(pathPointer, namePointer, valuePointer, (nuint)buffer.Length);
                if (length >= 0)
                {
                    value = buffer[..(int)length].ToArray();
                    return Errno.Success;
                }
            }

            var errno = (Errno)Marshal.GetLastPInvokeError();
            if (errno != Errno.ERANGE || buffer.Length == MaximumSize)
            {
                return errno;
            }

            buffer = new byte[MaximumSize];
        }
    }

    public static Errno List(Descriptor file, out List<string> names)
    {
        names = [];
        Span<byte> path = stackalloc byte[NativePath.NameBufferSize];
        NativePath.EncodeDescriptor(file, path);
        Span<byte> small = stackalloc byte[1024];
        var buffer = small;
        while (true)
        {
            nint length;

            // SAFETY: the path is NUL-terminated, the room for the names is given; both pinned during the call.
            fixed (byte* pathPointer = path, namesPointer = buffer)
            {
                length = Libc.ListAttributes(pathPointer, namesPointer, (nuint)buffer.Length);
            }

            if (length >= 0)
            {
                foreach (var range in ((ReadOnlySpan<byte>)buffer[..(int)length]).Split((byte)0))
                {
                    if (range.End.Value > range.Start.Value)
                    {
                        names.Add(Encoding.UTF8.GetString(buffer[range]));
                    }
                }

                return Errno.Success;
            }

            var errno = (Errno)Marshal.GetLastPInvokeError();
            if (errno != Errno.ERANGE || buffer.Length == MaximumSize)
            {
                return errno;
            }

            buffer = new byte[MaximumSize];
        }
    }

    public static Errno Set(Descriptor file, string name, ReadOnlySpan<byte> value, AttributeSetMode mode)
    {
        Span<byte> path = stackalloc byte[NativePath.NameBufferSize];
        Span<byte> encodedName = stackalloc byte[NativePath.NameBufferSize];
        if (!NativePath.TryEncode(name, encodedName))
        {
            return Errno.ERANGE;
        }

        NativePath.EncodeDescriptor(file, path);
        var flags = mode switch
        {
            AttributeSetMode.CreateOrReplace => 0,
            AttributeSetMode.Create => 1,
            AttributeSetMode.Replace => 2,
        };

        // SAFETY: both strings NUL-terminated, the value's length is given; all pinned during the call.
        fixed (byte* pathPointer = path, namePointer = encodedName, valuePointer = value)
        {
            return Check(Libc.SetAttribute(pathPointer, namePointer, valuePointer, (nuint)value.Length, flags));
        }
    }

    public static Errno Remove(Descriptor file, string name)
    {
        Span<byte> path = stackalloc byte[NativePath.NameBufferSize];
        Span<byte> encodedName = stackalloc byte[NativePath.NameBufferSize];
        if (!NativePath.TryEncode(name, encodedName))
        {
            return Errno.ERANGE;
        }

        NativePath.EncodeDescriptor(file, path);

        // SAFETY: both strings NUL-terminated, pinned during the call.
        fixed (byte* pathPointer = path, namePointer = encodedName)
        {
            return Check(Libc.RemoveAttribute(pathPointer, namePointer));
        }
    }

    private static Errno Check(int result) => result == 0 ? Errno.Success : (Errno)Marshal.GetLastPInvokeError();
}
