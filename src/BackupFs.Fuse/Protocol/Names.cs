using System.Runtime.InteropServices;

namespace BackupFs.Fuse.Protocol;

/// <summary>MKNOD, followed by the name: 16 bytes (fuse_mknod_in).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MknodIn
{
    internal uint Mode;
    internal uint Device;
    internal uint Umask;
    internal uint Padding;
}

/// <summary>MKDIR, followed by the name: 8 bytes (fuse_mkdir_in).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MkdirIn
{
    internal uint Mode;
    internal uint Umask;
}

/// <summary>RENAME2, followed by two names: 16 bytes (fuse_rename2_in); RENAME has the first 8 only.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Rename2In
{
    internal ulong NewDirectory;
    internal RenameFlags Flags;
    internal uint Padding;
}

/// <summary>One node of BATCH_FORGET: 16 bytes (fuse_forget_one).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ForgetOne
{
    internal ulong Node;
    internal ulong Count;
}

/// <summary>BATCH_FORGET, followed by the nodes: 8 bytes (fuse_batch_forget_in).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BatchForgetIn
{
    internal uint Count;
    internal uint Padding;
}

/// <summary>Head of a directory entry, followed by the name padded to 8 bytes: 24 bytes (fuse_dirent).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DirectoryEntry
{
    internal ulong Inode;
    internal ulong Offset;
    internal uint NameLength;
    internal DirectoryEntryType Type;
}
