using System.Runtime.InteropServices;

namespace BackupFs.Fuse.Protocol;

/// <summary>STATX: 24 bytes (fuse_statx_in).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StatxIn
{
    internal uint GetattrFlags;
    internal uint Reserved;
    internal ulong Handle;
    internal uint Flags;
    internal uint Mask;
}

/// <summary>A time of STATX: 16 bytes (fuse_sx_time).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StatxTime
{
    internal long Seconds;
    internal uint Nanoseconds;
    internal int Reserved;
}

/// <summary>Answer to STATX: 288 bytes (fuse_statx_out with fuse_statx inside).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StatxOut
{
    internal ulong ValidSeconds;
    internal uint ValidNanoseconds;
    internal uint Flags;
    internal ulong Spare0;
    internal ulong Spare1;
    internal uint Mask;
    internal uint BlockSize;
    internal ulong Attributes;
    internal uint LinkCount;
    internal uint UserId;
    internal uint GroupId;
    internal ushort Mode;
    internal ushort Spare2;
    internal ulong Inode;
    internal ulong Size;
    internal ulong Blocks;
    internal ulong AttributesMask;
    internal StatxTime AccessTime;
    internal StatxTime BirthTime;
    internal StatxTime ChangeTime;
    internal StatxTime ModificationTime;
    internal uint RawDeviceMajor;
    internal uint RawDeviceMinor;
    internal uint DeviceMajor;
    internal uint DeviceMinor;
    internal StatxSpare Spare3;
}

/// <summary>The 112 spare bytes at the end of STATX.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StatxSpare
{
    internal ulong S0;
    internal ulong S1;
    internal ulong S2;
    internal ulong S3;
    internal ulong S4;
    internal ulong S5;
    internal ulong S6;
    internal ulong S7;
    internal ulong S8;
    internal ulong S9;
    internal ulong S10;
    internal ulong S11;
    internal ulong S12;
    internal ulong S13;
}
