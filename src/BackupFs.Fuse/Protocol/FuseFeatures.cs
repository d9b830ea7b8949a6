namespace BackupFs.Fuse;

/// <summary>
/// What kernel and file system can agree on at INIT (linux/fuse.h, FUSE_* init flags; bits 32 and up travel in flags2).
/// </summary>
[Flags]
public enum FuseFeatures : ulong
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Several reads of a file may be in flight.</summary>
    AsyncRead = 1UL << 0,

    /// <summary>POSIX locks are asked of the file system; not supported here.</summary>
    PosixLocks = 1UL << 1,

    /// <summary>O_TRUNC comes with OPEN instead of a separate SETATTR.</summary>
    AtomicTruncate = 1UL << 3,

    /// <summary>Lookups of "." and ".." (NFS export).</summary>
    ExportSupport = 1UL << 4,

    /// <summary>Writes larger than a page.</summary>
    BigWrites = 1UL << 5,

    /// <summary>The umask is not applied by the kernel.</summary>
    DontMask = 1UL << 6,

    /// <summary>The device accepts splice.</summary>
    SpliceWrite = 1UL << 7,

    /// <summary>The device moves pages.</summary>
    SpliceMove = 1UL << 8,

    /// <summary>The device can be spliced from.</summary>
    SpliceRead = 1UL << 9,

    /// <summary>BSD locks are asked of the file system; not supported here.</summary>
    FlockLocks = 1UL << 10,

    /// <summary>Ioctl on directories.</summary>
    IoctlDirectory = 1UL << 11,

    /// <summary>Cached pages are dropped when size or modification time changed.</summary>
    AutoInvalidateData = 1UL << 12,

    /// <summary>Directory entries come with attributes.</summary>
    Readdirplus = 1UL << 13,

    /// <summary>The kernel chooses between READDIR and READDIRPLUS.</summary>
    ReaddirplusAuto = 1UL << 14,

    /// <summary>Direct I/O is split into parallel requests.</summary>
    AsyncDirectIo = 1UL << 15,

    /// <summary>The kernel caches writes; not supported here (it excludes passthrough and hides the writer).</summary>
    WritebackCache = 1UL << 16,

    /// <summary>OPEN may be switched off; not supported here.</summary>
    NoOpen = 1UL << 17,

    /// <summary>Lookups and readdirs of one directory run at once.</summary>
    ParallelDirectoryOperations = 1UL << 18,

    /// <summary>Older form of <see cref="HandleKillPrivilegesV2"/>.</summary>
    HandleKillPrivileges = 1UL << 19,

    /// <summary>POSIX access control lists.</summary>
    PosixAcl = 1UL << 20,

    /// <summary>After an abort, reading the device fails with ECONNABORTED.</summary>
    AbortError = 1UL << 21,

    /// <summary>Requests of more than 32 pages.</summary>
    MaxPages = 1UL << 22,

    /// <summary>The kernel caches link targets; sizes of links must be right.</summary>
    CacheSymlinks = 1UL << 23,

    /// <summary>OPENDIR may be switched off; not supported here.</summary>
    NoOpendir = 1UL << 24,

    /// <summary>Cached pages are dropped only by notification.</summary>
    ExplicitInvalidateData = 1UL << 25,

    /// <summary>Direct access alignment (virtiofs).</summary>
    MapAlignment = 1UL << 26,

    /// <summary>Automatic submounts (virtiofs).</summary>
    Submounts = 1UL << 27,

    /// <summary>The file system clears suid and sgid when a request says so.</summary>
    HandleKillPrivilegesV2 = 1UL << 28,

    /// <summary>SETXATTR carries flags of its own.</summary>
    SetxattrExtended = 1UL << 29,

    /// <summary>Bits above 31 are meaningful.</summary>
    InitExtended = 1UL << 30,

    /// <summary>Creating requests carry a security context; not supported here.</summary>
    SecurityContext = 1UL << 32,

    /// <summary>Direct access per file (virtiofs).</summary>
    InodeDax = 1UL << 33,

    /// <summary>Creating requests carry a supplementary group; not supported here.</summary>
    CreateSupplementaryGroup = 1UL << 34,

    /// <summary>Names can be expired instead of dropped.</summary>
    HasExpireOnly = 1UL << 35,

    /// <summary>Shared mappings of files open for direct I/O.</summary>
    DirectIoAllowMmap = 1UL << 36,

    /// <summary>Reads and writes may go straight to a backing file.</summary>
    Passthrough = 1UL << 37,

    /// <summary>File handles are not supported.</summary>
    NoExportSupport = 1UL << 38,

    /// <summary>Pending requests can be sent again.</summary>
    HasResend = 1UL << 39,

    /// <summary>ID-mapped mounts.</summary>
    AllowIdmap = 1UL << 40,

    /// <summary>Requests over io_uring.</summary>
    OverIoUring = 1UL << 41,

    /// <summary>The kernel aborts the connection when a request is late.</summary>
    RequestTimeout = 1UL << 42,
}
