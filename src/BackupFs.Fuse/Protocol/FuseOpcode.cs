namespace BackupFs.Fuse;

/// <summary>Operations of the kernel protocol (linux/fuse.h, fuse_opcode).</summary>
public enum FuseOpcode : uint
{
    /// <summary>Find a name in a directory.</summary>
    Lookup = 1,

    /// <summary>The kernel dropped lookups of a node; not answered.</summary>
    Forget = 2,

    /// <summary>Read attributes.</summary>
    Getattr = 3,

    /// <summary>Change attributes.</summary>
    Setattr = 4,

    /// <summary>Read a symbolic link.</summary>
    Readlink = 5,

    /// <summary>Create a symbolic link.</summary>
    Symlink = 6,

    /// <summary>Create a file, device, pipe or socket node.</summary>
    Mknod = 8,

    /// <summary>Create a directory.</summary>
    Mkdir = 9,

    /// <summary>Remove a name of a file.</summary>
    Unlink = 10,

    /// <summary>Remove a directory.</summary>
    Rmdir = 11,

    /// <summary>Rename without flags.</summary>
    Rename = 12,

    /// <summary>Create a hard link.</summary>
    Link = 13,

    /// <summary>Open a file.</summary>
    Open = 14,

    /// <summary>Read from a file.</summary>
    Read = 15,

    /// <summary>Write to a file.</summary>
    Write = 16,

    /// <summary>File system statistics.</summary>
    Statfs = 17,

    /// <summary>The last reference of an open file is gone.</summary>
    Release = 18,

    /// <summary>Make a file durable.</summary>
    Fsync = 20,

    /// <summary>Set an extended attribute.</summary>
    Setxattr = 21,

    /// <summary>Read an extended attribute.</summary>
    Getxattr = 22,

    /// <summary>List extended attributes.</summary>
    Listxattr = 23,

    /// <summary>Remove an extended attribute.</summary>
    Removexattr = 24,

    /// <summary>One descriptor of an open file was closed.</summary>
    Flush = 25,

    /// <summary>Negotiate the protocol.</summary>
    Init = 26,

    /// <summary>Open a directory.</summary>
    Opendir = 27,

    /// <summary>Read directory entries.</summary>
    Readdir = 28,

    /// <summary>An open directory is gone.</summary>
    Releasedir = 29,

    /// <summary>Make a directory durable.</summary>
    Fsyncdir = 30,

    /// <summary>Test a lock (never asked for: the kernel locks locally).</summary>
    Getlk = 31,

    /// <summary>Take a lock (never asked for).</summary>
    Setlk = 32,

    /// <summary>Wait for a lock (never asked for).</summary>
    Setlkw = 33,

    /// <summary>Check access.</summary>
    Access = 34,

    /// <summary>Create and open a file.</summary>
    Create = 35,

    /// <summary>The caller of another request got a signal.</summary>
    Interrupt = 36,

    /// <summary>Map a file block (block devices only).</summary>
    Bmap = 37,

    /// <summary>The file system is being unmounted (block devices only).</summary>
    Destroy = 38,

    /// <summary>Device control.</summary>
    Ioctl = 39,

    /// <summary>Poll for readiness.</summary>
    Poll = 40,

    /// <summary>Data asked for by a retrieve notification.</summary>
    NotifyReply = 41,

    /// <summary>Several forgets; not answered.</summary>
    BatchForget = 42,

    /// <summary>Reserve or free space.</summary>
    Fallocate = 43,

    /// <summary>Read directory entries with attributes.</summary>
    Readdirplus = 44,

    /// <summary>Rename with flags.</summary>
    Rename2 = 45,

    /// <summary>Find data or holes.</summary>
    Lseek = 46,

    /// <summary>Copy between files, 32-bit result.</summary>
    CopyFileRange = 47,

    /// <summary>Direct access mapping (virtiofs).</summary>
    SetupMapping = 48,

    /// <summary>Direct access unmapping (virtiofs).</summary>
    RemoveMapping = 49,

    /// <summary>Sync a whole file system (virtiofs, block devices).</summary>
    Syncfs = 50,

    /// <summary>Create a file without a name.</summary>
    Tmpfile = 51,

    /// <summary>Read extended attributes of a file's status.</summary>
    Statx = 52,

    /// <summary>Copy between files, 64-bit result (7.45).</summary>
    CopyFileRange64 = 53,
}
