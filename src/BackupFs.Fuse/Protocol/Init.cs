using System.Runtime.InteropServices;

namespace BackupFs.Fuse.Protocol;

/// <summary>INIT, as sent since 7.36: 64 bytes (fuse_init_in); older kernels send the first 16.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct InitIn
{
    internal uint Major;
    internal uint Minor;
    internal uint MaxReadahead;
    internal uint Flags;
    internal uint Flags2;
    internal uint Unused0;
    internal uint Unused1;
    internal uint Unused2;
    internal uint Unused3;
    internal uint Unused4;
    internal uint Unused5;
    internal uint Unused6;
    internal uint Unused7;
    internal uint Unused8;
    internal uint Unused9;
    internal uint Unused10;
}

/// <summary>Answer to INIT: 64 bytes (fuse_init_out, 7.45).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct InitOut
{
    internal uint Major;
    internal uint Minor;
    internal uint MaxReadahead;
    internal uint Flags;
    internal ushort MaxBackground;
    internal ushort CongestionThreshold;
    internal uint MaxWrite;
    internal uint TimeGranularity;
    internal ushort MaxPages;
    internal ushort MapAlignment;
    internal uint Flags2;
    internal uint MaxStackDepth;
    internal ushort RequestTimeout;
    internal ushort Unused0;
    internal uint Unused1;
    internal uint Unused2;
    internal uint Unused3;
    internal uint Unused4;
    internal uint Unused5;
}
