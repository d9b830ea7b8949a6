using System.Runtime.InteropServices;

namespace BackupFs.Fuse.Protocol;

/// <summary>SETXATTR with the extension, followed by name and value: 16 bytes (fuse_setxattr_in); the first 8 without.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SetxattrIn
{
    internal uint Size;
    internal XattrSetFlags Flags;
    internal uint SetxattrFlags;
    internal uint Padding;
}

/// <summary>GETXATTR and LISTXATTR, and their answer when only the size is asked for: 8 bytes (fuse_getxattr_in, _out).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GetxattrIn
{
    internal uint Size;
    internal uint Padding;
}

/// <summary>ACCESS: 8 bytes (fuse_access_in).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AccessIn
{
    internal uint Mask;
    internal uint Padding;
}

/// <summary>Answer to STATFS: 80 bytes (fuse_kstatfs).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StatfsOut
{
    internal ulong Blocks;
    internal ulong FreeBlocks;
    internal ulong AvailableBlocks;
    internal ulong Files;
    internal ulong FreeFiles;
    internal uint BlockSize;
    internal uint NameLength;
    internal uint FragmentSize;
    internal uint Padding;
    internal ulong Spare0;
    internal ulong Spare1;
    internal ulong Spare2;
}
