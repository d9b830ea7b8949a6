namespace BackupFs.Fuse;

/// <summary>How a file system is mounted and served. nosuid and nodev are always set.</summary>
public sealed record FuseMountOptions
{
    /// <summary>What is asked of the kernel unless told otherwise; what it does not offer is left out.</summary>
    public const FuseFeatures DefaultFeatures =
        FuseFeatures.InitExtended | FuseFeatures.AsyncRead | FuseFeatures.BigWrites | FuseFeatures.MaxPages
        | FuseFeatures.ParallelDirectoryOperations | FuseFeatures.Readdirplus | FuseFeatures.ReaddirplusAuto
        | FuseFeatures.AtomicTruncate | FuseFeatures.HandleKillPrivilegesV2 | FuseFeatures.AbortError
        | FuseFeatures.AsyncDirectIo | FuseFeatures.ExplicitInvalidateData | FuseFeatures.CacheSymlinks
        | FuseFeatures.HasExpireOnly | FuseFeatures.DirectIoAllowMmap | FuseFeatures.SetxattrExtended;

    /// <summary>Features that need nothing but the operations of <see cref="IFuseOperations"/>; others are refused.</summary>
    public const FuseFeatures SupportedFeatures =
        DefaultFeatures | FuseFeatures.AutoInvalidateData | FuseFeatures.Passthrough | FuseFeatures.PosixAcl
        | FuseFeatures.NoExportSupport | FuseFeatures.HandleKillPrivileges | FuseFeatures.ExportSupport;

    /// <summary>What is mounted, as shown in the first column of /proc/mounts.</summary>
    public string Name { get; init; } = "backupfs";

    /// <summary>The type shown is "fuse." and this.</summary>
    public string Subtype { get; init; } = "backupfs";

    /// <summary>Whether the kernel refuses every change.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Whether other users than the mounting one have access.</summary>
    public bool AllowOther { get; init; }

    /// <summary>Whether the kernel checks permissions by mode, owner and group.</summary>
    public bool DefaultPermissions { get; init; } = true;

    /// <summary>Whether access times are left alone.</summary>
    public bool NoAtime { get; init; } = true;

    /// <summary>Whether programs cannot be run from the mount.</summary>
    public bool NoExec { get; init; }

    /// <summary>Largest READ in bytes; null leaves it to the kernel (1 MiB).</summary>
    public int? MaxRead { get; init; }

    /// <summary>What to ask for at INIT; must be within <see cref="SupportedFeatures"/>.</summary>
    public FuseFeatures Features { get; init; } = DefaultFeatures;

    /// <summary>Requests the kernel keeps in flight in the background (read-ahead, RELEASE, mapped writes), 1 to 65535.</summary>
    public int MaxBackground { get; init; } = 64;

    /// <summary>Read-ahead of the mount in KiB; needs root, ignored where it cannot be set; 0 leaves the default.</summary>
    public int ReadaheadKibibytes { get; init; } = 1024;

    /// <summary>Threads that read requests; 0 is one per CPU of the process, 16 at most.</summary>
    public int Readers { get; init; }

    /// <summary>Whether each reader stays on a CPU of its own, which makes small operations much faster.</summary>
    public bool PinReaders { get; init; } = true;

    /// <summary>Readers added at most while all others are inside handlers.</summary>
    public int MaxSpareReaders { get; init; } = 16;

    /// <summary>How long all readers must be busy before one is added.</summary>
    public TimeSpan SpareReaderDelay { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>How long an added reader waits without work before it goes.</summary>
    public TimeSpan SpareReaderIdle { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Address space for requests being served or waited for, in bytes (1,088 KiB each, resident only as far as
    /// used). When all of it is taken, no more requests are read until one is answered.
    /// </summary>
    public long MaxBufferBytes { get; init; } = 512L << 20;

    /// <summary>How long the end of the session waits for unanswered requests before it drops them.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long mounting waits for the kernel's first message and for fusermount3.</summary>
    public TimeSpan MountTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Clock for the delays above.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
