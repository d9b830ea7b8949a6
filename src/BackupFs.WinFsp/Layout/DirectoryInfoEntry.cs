using System.Runtime.InteropServices;

namespace BackupFs.WinFsp.Layout;

/// <summary>FSP_FSCTL_DIR_INFO: a head of 104 bytes and the name, without 0 at its end.</summary>
internal static class DirectoryInfoEntry
{
    internal const int HeadSize = 104;
    internal const int Alignment = 8;
    internal const int InfoOffset = 8;

    /// <summary>Bytes of an entry, without what aligns the next.</summary>
    internal static int SizeOf(string name) => HeadSize + (name.Length * sizeof(char));

    /// <summary>Writes an entry to where there is room for it.</summary>
    internal static void Write(in WinFspDirectoryEntry entry, Span<byte> destination)
    {
        int size = SizeOf(entry.Name);
        destination[..HeadSize].Clear();
        MemoryMarshal.Write(destination, (ushort)size);
        MemoryMarshal.Write(destination[InfoOffset..], entry.Info);
        MemoryMarshal.AsBytes(entry.Name.AsSpan()).CopyTo(destination[HeadSize..]);
    }
}
