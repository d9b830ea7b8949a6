using System.Runtime.InteropServices;

namespace BackupFs.Fuse.Protocol;

/// <summary>OPEN and OPENDIR: 8 bytes (fuse_open_in).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct OpenIn
{
    internal uint Flags;
    internal uint OpenFlags;
}

/// <summary>CREATE and TMPFILE: 16 bytes (fuse_create_in).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CreateIn
{
    internal uint Flags;
    internal uint Mode;
    internal uint Umask;
    internal uint OpenFlags;
}

/// <summary>Answer to OPEN: 16 bytes (fuse_open_out).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct OpenOut
{
    internal ulong Handle;
    internal OpenReplyFlags OpenFlags;
    internal int BackingId;
}

/// <summary>Answer to CREATE: an entry and an open file, 144 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CreateOut
{
    internal EntryOut Entry;
    internal OpenOut Open;
}

/// <summary>RELEASE and RELEASEDIR: 24 bytes (fuse_release_in).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ReleaseIn
{
    internal ulong Handle;
    internal uint Flags;
    internal uint ReleaseFlags;
    internal ulong LockOwner;
}

/// <summary>FLUSH: 24 bytes (fuse_flush_in).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FlushIn
{
    internal ulong Handle;
    internal uint Unused;
    internal uint Padding;
    internal ulong LockOwner;
}

/// <summary>FSYNC and FSYNCDIR: 16 bytes (fuse_fsync_in).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FsyncIn
{
    internal ulong Handle;
    internal uint Flags;
    internal uint Padding;
}
