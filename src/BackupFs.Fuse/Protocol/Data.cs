using System.Runtime.InteropServices;

namespace BackupFs.Fuse.Protocol;

/// <summary>READ, READDIR and READDIRPLUS: 40 bytes (fuse_read_in).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ReadIn
{
    internal ulong Handle;
    internal ulong Offset;
    internal uint Size;
    internal uint ReadFlags;
    internal ulong LockOwner;
    internal uint Flags;
    internal uint Padding;
}

/// <summary>WRITE, followed by the data: 40 bytes (fuse_write_in).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WriteIn
{
    internal ulong Handle;
    internal ulong Offset;
    internal uint Size;
    internal WriteFlags WriteFlags;
    internal ulong LockOwner;
    internal uint Flags;
    internal uint Padding;
}

/// <summary>Answer to WRITE and the 32-bit copy: 8 bytes (fuse_write_out).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WriteOut
{
    internal uint Size;
    internal uint Padding;
}

/// <summary>LSEEK: 24 bytes (fuse_lseek_in).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LseekIn
{
    internal ulong Handle;
    internal ulong Offset;
    internal SeekWhence Whence;
    internal uint Padding;
}

/// <summary>FALLOCATE: 32 bytes (fuse_fallocate_in).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FallocateIn
{
    internal ulong Handle;
    internal ulong Offset;
    internal ulong Length;
    internal uint Mode;
    internal uint Padding;
}

/// <summary>COPY_FILE_RANGE: 56 bytes (fuse_copy_file_range_in).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CopyFileRangeIn
{
    internal ulong HandleIn;
    internal ulong OffsetIn;
    internal ulong NodeOut;
    internal ulong HandleOut;
    internal ulong OffsetOut;
    internal ulong Length;
    internal ulong Flags;
}
