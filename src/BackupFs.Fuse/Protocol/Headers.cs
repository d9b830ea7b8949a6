using System.Runtime.InteropServices;

namespace BackupFs.Fuse.Protocol;

/// <summary>Head of every request: 40 bytes (linux/fuse.h, fuse_in_header).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct InHeader
{
    internal uint Length;
    internal FuseOpcode Opcode;
    internal ulong Unique;
    internal ulong Node;
    internal uint UserId;
    internal uint GroupId;
    internal uint ProcessId;
    internal ushort ExtensionLength;
    internal ushort Padding;
}

/// <summary>Head of every reply: 16 bytes (fuse_out_header). The error is 0 or a negative errno.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct OutHeader
{
    internal uint Length;
    internal int Error;
    internal ulong Unique;
}
