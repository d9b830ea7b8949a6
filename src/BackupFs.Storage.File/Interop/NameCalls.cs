using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BackupFs.Storage.File.Interop;

/// <summary>Changes of names in a directory; a name is one component, and the last component is never followed.</summary>
[SkipLocalsInit]
internal static unsafe class NameCalls
{
    private const int RemoveDirectoryFlag = 0x200;
    private const int FollowFlag = 0x400;

    public static Errno MakeDirectory(Descriptor directory, ReadOnlySpan<char> name, int mode)
    {
        Span<byte> buffer = stackalloc byte[NativePath.NameBufferSize];
        if (!NativePath.TryEncode(name, buffer))
        {
            return Errno.ENAMETOOLONG;
        }

        // SAFETY: NUL-terminated, pinned during the call.
        fixed (byte* path = buffer)
        {
            return Check(Libc.MakeDirectoryAt(directory, path, (uint)mode));
        }
    }

    /// <summary>mknod: <paramref name="mode"/> includes the type bits.</summary>
    public static Errno MakeNode(Descriptor directory, ReadOnlySpan<char> name, int mode, uint device)
    {
        Span<byte> buffer = stackalloc byte[NativePath.NameBufferSize];
        if (!NativePath.TryEncode(name, buffer))
        {
            return Errno.ENAMETOOLONG;
        }

        // SAFETY: NUL-terminated, pinned during the call. The kernel's 32-bit device numbers are valid dev_t as they are.
        fixed (byte* path = buffer)
        {
            return Check(Libc.MakeNodeAt(directory, path, (uint)mode, device));
        }
    }

    public static Errno Unlink(Descriptor directory, ReadOnlySpan<char> name) => Remove(directory, name, 0);

    public static Errno RemoveDirectory(Descriptor directory, ReadOnlySpan<char> name) => Remove(directory, name, RemoveDirectoryFlag);

    /// <summary>renameat2 with the RENAME_* flags given.</summary>
    public static Errno Rename(
        Descriptor oldDirectory, ReadOnlySpan<char> oldName, Descriptor newDirectory, ReadOnlySpan<char> newName, uint flags)
    {
        Span<byte> oldBuffer = stackalloc byte[NativePath.NameBufferSize];
        Span<byte> newBuffer = stackalloc byte[NativePath.NameBufferSize];
        if (!NativePath.TryEncode(oldName, oldBuffer) || !NativePath.TryEncode(newName, newBuffer))
        {
            return Errno.ENAMETOOLONG;
        }

        // SAFETY: both NUL-terminated, pinned during the call.
        fixed (byte* oldPath = oldBuffer, newPath = newBuffer)
        {
            return Check(Libc.RenameAt2(oldDirectory, oldPath, newDirectory, newPath, flags));
        }
    }

    public static Errno Link(
        Descriptor oldDirectory, ReadOnlySpan<char> oldName, Descriptor newDirectory, ReadOnlySpan<char> newName)
    {
        Span<byte> oldBuffer = stackalloc byte[NativePath.NameBufferSize];
        Span<byte> newBuffer = stackalloc byte[NativePath.NameBufferSize];
        if (!NativePath.TryEncode(oldName, oldBuffer) || !NativePath.TryEncode(newName, newBuffer))
        {
            return Errno.ENAMETOOLONG;
        }

        // SAFETY: both NUL-terminated, pinned during the call.
        fixed (byte* oldPath = oldBuffer, newPath = newBuffer)
        {
            return Check(Libc.LinkAt(oldDirectory, oldPath, newDirectory, newPath, 0));
        }
    }

    /// <summary>Names a file opened with O_TMPFILE, through /proc: AT_EMPTY_PATH would need a capability.</summary>
    public static Errno LinkDescriptor(Descriptor file, Descriptor newDirectory, ReadOnlySpan<char> newName)
    {
        Span<byte> source = stackalloc byte[NativePath.NameBufferSize];
        Span<byte> newBuffer = stackalloc byte[NativePath.NameBufferSize];
        if (!NativePath.TryEncode(newName, newBuffer))
        {
            return Errno.ENAMETOOLONG;
        }

        NativePath.EncodeDescriptor(file, source);

        // SAFETY: both NUL-terminated, pinned during the call; the caller keeps the descriptor open.
        fixed (byte* oldPath = source, newPath = newBuffer)
        {
            return Check(Libc.LinkAt(Descriptor.CurrentDirectory, oldPath, newDirectory, newPath, FollowFlag));
        }
    }

    public static Errno SymbolicLink(ReadOnlySpan<byte> target, Descriptor directory, ReadOnlySpan<char> name)
    {
        Span<byte> buffer = stackalloc byte[NativePath.NameBufferSize];
        Span<byte> targetBuffer = stackalloc byte[NativePath.BufferSize];
        if (!NativePath.TryEncode(name, buffer) || target.Length >= targetBuffer.Length)
        {
            return Errno.ENAMETOOLONG;
        }

        target.CopyTo(targetBuffer);
        targetBuffer[target.Length] = 0;

        // SAFETY: both NUL-terminated, pinned during the call.
        fixed (byte* path = buffer, content = targetBuffer)
        {
            return Check(Libc.SymbolicLinkAt(content, directory, path));
        }
    }

    public static Errno ReadLink(Descriptor directory, ReadOnlySpan<char> name, out byte[] target)
    {
        target = [];
        Span<byte> buffer = stackalloc byte[NativePath.NameBufferSize];
        Span<byte> content = stackalloc byte[NativePath.BufferSize];
        if (!NativePath.TryEncode(name, buffer))
        {
            return Errno.ENAMETOOLONG;
        }

        // SAFETY: the path is NUL-terminated, the target buffer's size is given; both pinned during the call.
        fixed (byte* path = buffer, pointer = content)
        {
            var length = Libc.ReadLinkAt(directory, path, pointer, (nuint)content.Length);
            if (length < 0)
            {
                return (Errno)Marshal.GetLastPInvokeError();
            }

            target = content[..(int)length].ToArray();
            return Errno.Success;
        }
    }

    private static Errno Remove(Descriptor directory, ReadOnlySpan<char> name, int flags)
    {
        Span<byte> buffer = stackalloc byte[NativePath.NameBufferSize];
        if (!NativePath.TryEncode(name, buffer))
        {
            return Errno.ENAMETOOLONG;
        }

        // SAFETY: NUL-terminated, pinned during the call.
        fixed (byte* path = buffer)
        {
            return Check(Libc.UnlinkAt(directory, path, flags));
        }
    }

    private static Errno Check(int result) => result == 0 ? Errno.Success : (Errno)Marshal.GetLastPInvokeError();
}
