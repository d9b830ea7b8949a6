using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BackupFs.Storage.File.Interop;

/// <summary>Opening by path, without ever leaving the directory that is given and without following a symbolic link.</summary>
internal static unsafe class OpenCalls
{
    private static bool s_hasOpenAt2 = true;

    /// <summary>
    /// Opens <paramref name="path"/> (many components, or <c>""</c> for the directory itself) beneath <paramref name="root"/>.
    /// A symbolic link anywhere gives ELOOP, unless it is the last component and O_PATH is asked for.
    /// </summary>
    public static Errno OpenBeneath(Descriptor root, ReadOnlySpan<char> path, int flags, out Descriptor descriptor)
    {
        var errno = OpenPath(root, path, flags, out descriptor);
        return errno == Errno.EACCES && path.IsEmpty ? Reopen(root, flags, out descriptor) : errno;
    }

    [SkipLocalsInit]
    private static Errno OpenPath(Descriptor root, ReadOnlySpan<char> path, int flags, out Descriptor descriptor)
    {
        descriptor = null!;
        Span<byte> buffer = stackalloc byte[NativePath.BufferSize];
        if (!NativePath.TryEncode(path, buffer))
        {
            return Errno.ENAMETOOLONG;
        }

        flags |= OpenFlags.CloseOnExec | OpenFlags.NoFollow | OpenFlags.NoControllingTerminal;
        if (!Volatile.Read(ref s_hasOpenAt2))
        {
            return OpenByComponents(root, path, flags, out descriptor);
        }

        // openat2 refuses flags that make no sense together, which openat ignores.
        var strict = (flags & OpenFlags.PathOnly) != 0 ? flags & ~OpenFlags.NoControllingTerminal : flags;
        var how = new OpenHow { Flags = (uint)strict, Resolve = OpenHow.Confined };
        while (true)
        {
            long result;

            // SAFETY: the path is NUL-terminated and, like the struct, lives on this stack frame during the call.
            fixed (byte* pointer = buffer)
            {
                result = Libc.OpenAt2(Libc.OpenAt2Number, root, pointer, &how, (nuint)sizeof(OpenHow));
            }

            if (result >= 0)
            {
                descriptor = new Descriptor((int)result);
                return Errno.Success;
            }

            switch ((Errno)Marshal.GetLastPInvokeError())
            {
                case Errno.EINTR:
                case Errno.EAGAIN when (flags & OpenFlags.NonBlocking) == 0:
                    // EAGAIN: a rename elsewhere made the kernel unsure whether ".." was safe; it asks to try again.
                    continue;
                case Errno.ENOSYS:
                case Errno.EPERM when IsFilteredBySandbox(root):
                    Volatile.Write(ref s_hasOpenAt2, false);
                    return OpenByComponents(root, path, flags, out descriptor);
                case var errno:
                    return errno;
            }
        }
    }

    /// <summary>Opens or creates the entry <paramref name="name"/> (one component) of a directory; a symbolic link gives ELOOP.</summary>
    [SkipLocalsInit]
    public static Errno OpenAt(Descriptor directory, ReadOnlySpan<char> name, int flags, int mode, out Descriptor descriptor)
    {
        Span<byte> buffer = stackalloc byte[NativePath.NameBufferSize];
        if (!NativePath.TryEncode(name, buffer))
        {
            descriptor = null!;
            return Errno.ENAMETOOLONG;
        }

        const int Always = OpenFlags.CloseOnExec | OpenFlags.NoControllingTerminal;
        var errno = OpenEncoded(directory, buffer, flags | Always | OpenFlags.NoFollow, mode, out descriptor);
        return errno == Errno.EACCES && name.IsEmpty ? Reopen(directory, flags, mode, out descriptor) : errno;
    }

    /// <summary>Opens an absolute path as the operator gave it, following symbolic links: only for the storage's root.</summary>
    [SkipLocalsInit]
    public static Errno OpenAbsolute(string path, int flags, out Descriptor descriptor)
    {
        Span<byte> buffer = stackalloc byte[NativePath.BufferSize];
        if (!NativePath.TryEncode(path, buffer))
        {
            descriptor = null!;
            return Errno.ENAMETOOLONG;
        }

        return OpenEncoded(Descriptor.CurrentDirectory, buffer, flags | OpenFlags.CloseOnExec, 0, out descriptor);
    }

    /// <summary>
    /// A new description of the file behind <paramref name="file"/>, with other access; needs the rights on the file, but, unlike the
    /// path <c>.</c>, not the right to search it if it is a directory.
    /// </summary>
    public static Errno Reopen(Descriptor file, int flags, out Descriptor descriptor) => Reopen(file, flags, 0, out descriptor);

    /// <summary>
    /// Opens the file of a descriptor once more for reading that leaves no trace in its access time, where we are allowed
    /// that: it is part of what is backed up.
    /// </summary>
    public static Errno ReopenQuietly(Descriptor file, out Descriptor descriptor)
    {
        var errno = Reopen(file, OpenFlags.ReadOnly | OpenFlags.NoAccessTime, out descriptor);
        return errno == Errno.EPERM ? Reopen(file, OpenFlags.ReadOnly, out descriptor) : errno;
    }

    [SkipLocalsInit]
    private static Errno Reopen(Descriptor file, int flags, int mode, out Descriptor descriptor)
    {
        Span<byte> buffer = stackalloc byte[NativePath.NameBufferSize];
        NativePath.EncodeDescriptor(file, buffer);
        return OpenEncoded(Descriptor.CurrentDirectory, buffer, flags | OpenFlags.CloseOnExec, mode, out descriptor);
    }

    /// <summary>The way without openat2 (kernels before 5.6, or a seccomp filter): one openat a component.</summary>
    internal static Errno OpenByComponents(Descriptor root, ReadOnlySpan<char> path, int flags, out Descriptor descriptor)
    {
        descriptor = null!;
        var current = root;
        try
        {
            while (true)
            {
                var slash = path.IndexOf('/');
                var last = slash < 0;
                var name = last ? path : path[..slash];
                if (name is ".." || (name.IsEmpty && current != root))
                {
                    return Errno.EXDEV;
                }

                var errno = last
                    ? OpenAt(current, name, flags, 0, out descriptor)
                    : OpenAt(current, name, OpenFlags.PathOnly | OpenFlags.Directory, 0, out descriptor);

                // O_PATH|O_NOFOLLOW|O_DIRECTORY on a symbolic link is ENOTDIR, never the link's target.
                if (errno != Errno.Success || last)
                {
                    return errno;
                }

                if (current != root)
                {
                    current.Dispose();
                }

                current = descriptor;
                path = path[(slash + 1)..];
            }
        }
        finally
        {
            if (current != root)
            {
                current.Dispose();
            }
        }
    }

    private static Errno OpenEncoded(Descriptor directory, ReadOnlySpan<byte> path, int flags, int mode, out Descriptor descriptor)
    {
        while (true)
        {
            int result;

            // SAFETY: the path is NUL-terminated and pinned during the call.
            fixed (byte* pointer = path)
            {
                result = Libc.OpenAt(directory, pointer, flags, (uint)mode);
            }

            if (result >= 0)
            {
                descriptor = new Descriptor(result);
                return Errno.Success;
            }

            var errno = (Errno)Marshal.GetLastPInvokeError();
            if (errno != Errno.EINTR)
            {
                descriptor = null!;
                return errno;
            }
        }
    }

    /// <summary>Old container sandboxes answer EPERM for calls they do not know; opening "." beneath a directory cannot earn it.</summary>
    private static bool IsFilteredBySandbox(Descriptor root)
    {
        var how = new OpenHow
        {
            Flags = (uint)(OpenFlags.PathOnly | OpenFlags.Directory | OpenFlags.CloseOnExec),
            Resolve = OpenHow.Confined,
        };
        ReadOnlySpan<byte> dot = ".\0"u8;
        long result;

        // SAFETY: constant NUL-terminated path, struct on this stack frame.
        fixed (byte* pointer = dot)
        {
            result = Libc.OpenAt2(Libc.OpenAt2Number, root, pointer, &how, (nuint)sizeof(OpenHow));
        }

        if (result >= 0)
        {
            _ = Libc.Close((int)result);
            return false;
        }

        return (Errno)Marshal.GetLastPInvokeError() == Errno.EPERM;
    }
}
