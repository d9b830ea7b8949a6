using System.Runtime.InteropServices;

namespace BackupFs.Fuse.Protocol;

/// <summary>Notification that cached data of a node is stale: 24 bytes (fuse_notify_inval_inode_out).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct InvalidateInode
{
    internal ulong Node;
    internal long Offset;
    internal long Length;
}

/// <summary>Notification that a name is stale, followed by the name and a NUL: 16 bytes (fuse_notify_inval_entry_out).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct InvalidateEntry
{
    internal ulong Parent;
    internal uint NameLength;
    internal uint Flags;
}

/// <summary>Notification that a name is gone, followed by the name and a NUL: 24 bytes (fuse_notify_delete_out).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DeleteEntry
{
    internal ulong Parent;
    internal ulong Child;
    internal uint NameLength;
    internal uint Padding;
}

/// <summary>Argument of FUSE_DEV_IOC_BACKING_OPEN: 16 bytes (fuse_backing_map).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BackingMap
{
    internal int Descriptor;
    internal uint Flags;
    internal ulong Padding;
}
