using System.Runtime.InteropServices;

namespace BackupFs.Fuse.Protocol;

/// <summary>Attributes: 88 bytes (fuse_attr).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Attr
{
    internal ulong Inode;
    internal ulong Size;
    internal ulong Blocks;
    internal ulong AccessTime;
    internal ulong ModificationTime;
    internal ulong ChangeTime;
    internal uint AccessNanoseconds;
    internal uint ModificationNanoseconds;
    internal uint ChangeNanoseconds;
    internal uint Mode;
    internal uint LinkCount;
    internal uint UserId;
    internal uint GroupId;
    internal uint Device;
    internal uint BlockSize;
    internal uint Flags;
}

/// <summary>Answer to GETATTR and SETATTR: 104 bytes (fuse_attr_out).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AttrOut
{
    internal ulong ValidSeconds;
    internal uint ValidNanoseconds;
    internal uint Padding;
    internal Attr Attributes;
}

/// <summary>Answer to LOOKUP and what creates: 128 bytes (fuse_entry_out).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct EntryOut
{
    internal ulong Node;
    internal ulong Generation;
    internal ulong EntryValidSeconds;
    internal ulong AttributesValidSeconds;
    internal uint EntryValidNanoseconds;
    internal uint AttributesValidNanoseconds;
    internal Attr Attributes;
}

/// <summary>GETATTR: 16 bytes (fuse_getattr_in).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GetattrIn
{
    internal uint Flags;
    internal uint Padding;
    internal ulong Handle;
}

/// <summary>SETATTR: 88 bytes (fuse_setattr_in).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SetattrIn
{
    internal SetattrFields Valid;
    internal uint Padding;
    internal ulong Handle;
    internal ulong Size;
    internal ulong LockOwner;
    internal ulong AccessTime;
    internal ulong ModificationTime;
    internal ulong ChangeTime;
    internal uint AccessNanoseconds;
    internal uint ModificationNanoseconds;
    internal uint ChangeNanoseconds;
    internal uint Mode;
    internal uint Unused4;
    internal uint UserId;
    internal uint GroupId;
    internal uint Unused5;
}
