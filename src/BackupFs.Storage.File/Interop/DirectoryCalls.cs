using System.Buffers;
using System.Runtime.InteropServices;

namespace BackupFs.Storage.File.Interop;

/// <summary>Reading directories with getdents64(2).</summary>
internal static unsafe class DirectoryCalls
{
    private const int BufferSize = 32 * 1024;
    private const int InodeOffset = 0;
    private const int LengthOffset = 16;
    private const int TypeOffset = 18;
    private const int NameOffset = 19;

    /// <summary>All names of a directory opened for reading, from its start, without <c>.</c> and <c>..</c>.</summary>
    public static Errno Read(Descriptor directory, out List<DirectoryEntry> entries)
    {
        entries = [];
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (true)
            {
                nint length;

                // SAFETY: the array is pinned during the call and its length is what is passed.
                fixed (byte* pointer = buffer)
                {
                    length = Libc.GetDirectoryEntries(directory, pointer, (nuint)buffer.Length);
                }

                if (length == 0)
                {
                    return Errno.Success;
                }

                if (length > 0)
                {
                    var errno = Parse(directory, buffer.AsSpan(0, (int)length), entries);
                    if (errno != Errno.Success)
                    {
                        return errno;
                    }
                }
                else if ((Errno)Marshal.GetLastPInvokeError() is var failure and not Errno.EINTR)
                {
                    return failure;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>struct linux_dirent64: inode 8, offset 8, record length 2, type 1, name NUL-terminated.</summary>
    private static Errno Parse(Descriptor directory, ReadOnlySpan<byte> records, List<DirectoryEntry> entries)
    {
        while (!records.IsEmpty)
        {
            var record = records[..MemoryMarshal.Read<ushort>(records[LengthOffset..])];
            records = records[record.Length..];
            var name = record[NameOffset..];
            name = name[..name.IndexOf((byte)0)];
            if (name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
            {
                continue;
            }

            var text = NativePath.Decode(name);
            if (FileTypes.FromDirectoryEntry(record[TypeOffset]) is { } type)
            {
                entries.Add(new DirectoryEntry(text, type, MemoryMarshal.Read<ulong>(record[InodeOffset..])));
                continue;
            }

            // Some file systems do not tell the type here (DT_UNKNOWN).
            switch (AttributeCalls.Statx(directory, text, out var attributes))
            {
                case Errno.Success:
                    entries.Add(new DirectoryEntry(text, FileTypes.FromMode(attributes.Mode), attributes.Inode));
                    break;
                case Errno.ENOENT:
                    break;
                case var errno:
                    return errno;
            }
        }

        return Errno.Success;
    }
}
