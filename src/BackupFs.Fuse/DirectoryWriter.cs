using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BackupFs.Fuse.Protocol;

namespace BackupFs.Fuse;

/// <summary>
/// Builds the answer to READDIR and READDIRPLUS directly in the request's reply buffer. Made by
/// <see cref="FuseRequest.CreateDirectoryWriter"/>; not thread-safe; a mutable struct: pass it by reference.
/// </summary>
public struct DirectoryWriter
{
    private readonly Memory<byte> _buffer;

    internal DirectoryWriter(Memory<byte> buffer)
    {
        _buffer = buffer;
        Length = 0;
    }

    /// <summary>Bytes written so far; 0 answers "end of the directory".</summary>
    public int Length { get; private set; }

    /// <summary>Adds an entry for READDIR; false, and nothing is added, when it does not fit.</summary>
    /// <param name="name">The name.</param>
    /// <param name="inode">Inode number; 0 is not shown by most programs.</param>
    /// <param name="nextOffset">Where reading goes on after this entry; not 0.</param>
    /// <param name="type">The file type.</param>
    public bool TryAdd(ReadOnlySpan<byte> name, ulong inode, long nextOffset, DirectoryEntryType type)
    {
        int size = Padded(Unsafe.SizeOf<DirectoryEntry>() + name.Length);
        if (size > _buffer.Length - Length)
        {
            return false;
        }

        WriteEntry(_buffer.Span.Slice(Length, size), name, inode, nextOffset, type);
        Length += size;
        return true;
    }

    /// <summary>Adds an entry for READDIRPLUS; false, and nothing is added, when it does not fit.</summary>
    /// <param name="name">The name.</param>
    /// <param name="nextOffset">Where reading goes on after this entry; not 0.</param>
    /// <param name="entry">
    /// The node and its attributes; a node of 0 gives the name only, without a lookup. Inode and mode must be right in any case.
    /// </param>
    public bool TryAddPlus(ReadOnlySpan<byte> name, long nextOffset, in FuseEntry entry)
    {
        int entrySize = Unsafe.SizeOf<EntryOut>();
        int size = Padded(entrySize + Unsafe.SizeOf<DirectoryEntry>() + name.Length);
        if (size > _buffer.Length - Length)
        {
            return false;
        }

        Span<byte> record = _buffer.Span.Slice(Length, size);
        MemoryMarshal.Write(record, entry.ToWire());
        DirectoryEntryType type = (DirectoryEntryType)((entry.Attributes.Mode >> 12) & 15);
        WriteEntry(record[entrySize..], name, entry.Attributes.Inode, nextOffset, type);
        Length += size;
        return true;
    }

    private static void WriteEntry(
        Span<byte> record, ReadOnlySpan<byte> name, ulong inode, long nextOffset, DirectoryEntryType type)
    {
        int head = Unsafe.SizeOf<DirectoryEntry>();
        var entry = new DirectoryEntry { Inode = inode, Offset = (ulong)nextOffset, NameLength = (uint)name.Length, Type = type };
        MemoryMarshal.Write(record, in entry);
        name.CopyTo(record[head..]);
        record[(head + name.Length)..].Clear();
    }

    // Records are padded to 8 bytes (linux/fuse.h, FUSE_DIRENT_ALIGN).
    private static int Padded(int size) => (size + 7) & ~7;
}
