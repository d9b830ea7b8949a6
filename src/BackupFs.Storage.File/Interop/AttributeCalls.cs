using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BackupFs.Storage.File.Interop;

/// <summary>Reading and changing what stat(2) tells; the last component is never followed.</summary>
[SkipLocalsInit]
internal static unsafe class AttributeCalls
{
    private const int NoFollowFlag = 0x100;
    private const int EmptyPathFlag = 0x1000;
    private const uint BasicAndBirth = 0x7ff | 0x800;
    private const int NoChange = -1;

    /// <summary>Attributes of an entry; <paramref name="name"/> <c>""</c> is the directory itself.</summary>
    public static Errno Statx(Descriptor directory, ReadOnlySpan<char> name, out StatxBuffer buffer)
    {
        if (name.IsEmpty)
        {
            return Statx(directory, out buffer);
        }

        Unsafe.SkipInit(out buffer);
        Span<byte> encoded = stackalloc byte[NativePath.NameBufferSize];
        if (!NativePath.TryEncode(name, encoded))
        {
            return Errno.ENAMETOOLONG;
        }

        // SAFETY: the path is NUL-terminated, the struct has the kernel's 256 bytes; both pinned during the call.
        fixed (byte* path = encoded)
        fixed (StatxBuffer* result = &buffer)
        {
            return Check(Libc.Statx(directory, path, NoFollowFlag, BasicAndBirth, result));
        }
    }

    /// <summary>Attributes of an open file, O_PATH ones included.</summary>
    public static Errno Statx(Descriptor file, out StatxBuffer buffer)
    {
        Unsafe.SkipInit(out buffer);
        byte empty = 0;

        // SAFETY: the empty path and the struct of 256 bytes live during the call.
        fixed (StatxBuffer* result = &buffer)
        {
            return Check(Libc.Statx(file, &empty, EmptyPathFlag | NoFollowFlag, BasicAndBirth, result));
        }
    }

    public static Errno ChangeOwner(Descriptor directory, ReadOnlySpan<char> name, uint? user, uint? group)
    {
        Span<byte> encoded = stackalloc byte[NativePath.NameBufferSize];
        if (!TryEncode(ref directory, name, encoded, out var flags))
        {
            return Errno.ENAMETOOLONG;
        }

        // SAFETY: NUL-terminated, pinned during the call.
        fixed (byte* path = encoded)
        {
            return Check(Libc.ChangeOwnerAt(
                directory, path, user ?? unchecked((uint)NoChange), group ?? unchecked((uint)NoChange), flags));
        }
    }

    public static Errno ChangeOwner(Descriptor file, uint? user, uint? group) =>
        Check(Libc.ChangeOwner(file, user ?? unchecked((uint)NoChange), group ?? unchecked((uint)NoChange)));

    /// <summary>chmod; ENOTSUP for a symbolic link, whose mode Linux does not keep.</summary>
    public static Errno ChangeMode(Descriptor directory, ReadOnlySpan<char> name, int mode)
    {
        Span<byte> encoded = stackalloc byte[NativePath.NameBufferSize];
        if (!TryEncode(ref directory, name, encoded, out var flags))
        {
            return Errno.ENAMETOOLONG;
        }

        // SAFETY: NUL-terminated, pinned during the call.
        fixed (byte* path = encoded)
        {
            return Check(Libc.ChangeModeAt(directory, path, (uint)mode, flags));
        }
    }

    public static Errno ChangeMode(Descriptor file, int mode) => Check(Libc.ChangeMode(file, (uint)mode));

    /// <summary>chmod of what an O_PATH descriptor refers to, through /proc.</summary>
    public static Errno ChangeModeOfPath(Descriptor file, int mode)
    {
        Span<byte> encoded = stackalloc byte[NativePath.NameBufferSize];
        NativePath.EncodeDescriptor(file, encoded);

        // SAFETY: NUL-terminated, pinned during the call; the caller keeps the descriptor open.
        fixed (byte* path = encoded)
        {
            return Check(Libc.ChangeModeAt(Descriptor.CurrentDirectory, path, (uint)mode, 0));
        }
    }

    public static Errno SetTimes(Descriptor directory, ReadOnlySpan<char> name, Timestamp? access, Timestamp? modify)
    {
        Span<byte> encoded = stackalloc byte[NativePath.NameBufferSize];
        if (!TryEncode(ref directory, name, encoded, out var flags))
        {
            return Errno.ENAMETOOLONG;
        }

        var times = stackalloc TimeSpec[2] { TimeSpec.From(access), TimeSpec.From(modify) };

        // SAFETY: NUL-terminated path, pinned; two timespecs on this stack frame, as utimensat wants.
        fixed (byte* path = encoded)
        {
            return Check(Libc.SetTimesAt(directory, path, times, flags));
        }
    }

    public static Errno SetTimes(Descriptor file, Timestamp? access, Timestamp? modify)
    {
        // SAFETY: two timespecs on this stack frame, as futimens wants.
        var times = stackalloc TimeSpec[2] { TimeSpec.From(access), TimeSpec.From(modify) };
        return Check(Libc.SetTimes(file, times));
    }

    /// <summary>
    /// The directory itself goes through /proc: a path of "." would need the right to search it, which its owner may have taken
    /// from himself.
    /// </summary>
    private static bool TryEncode(ref Descriptor directory, ReadOnlySpan<char> name, Span<byte> encoded, out int flags)
    {
        if (name.IsEmpty)
        {
            NativePath.EncodeDescriptor(directory, encoded);
            (directory, flags) = (Descriptor.CurrentDirectory, 0);
            return true;
        }

        flags = NoFollowFlag;
        return NativePath.TryEncode(name, encoded);
    }

    private static Errno Check(int result) => result == 0 ? Errno.Success : (Errno)Marshal.GetLastPInvokeError();
}
