namespace BackupFs.WinFsp;

/// <summary>How a volume is mounted. Times are rounded down to milliseconds.</summary>
public sealed record WinFspVolumeOptions
{
    /// <summary>The name of the file system, as programs see it: up to 15 characters.</summary>
    public string FileSystemName { get; init; } = "backupfs";

    /// <summary>
    /// \server\share for a volume that looks like a network share, up to 191 characters; null for one that looks like a disk.
    /// Only a disk can be mounted at a directory.
    /// </summary>
    public string? NetworkPrefix { get; init; }

    /// <summary>Bytes of a sector, up to 32,768; a power of 2.</summary>
    public ushort SectorSize { get; init; } = 4096;

    /// <summary>Sectors of an allocation unit.</summary>
    public ushort SectorsPerAllocationUnit { get; init; } = 1;

    /// <summary>The most characters of a component of a name, up to 255.</summary>
    public ushort MaxComponentLength { get; init; } = WinFspDirectoryEntry.LongestName;

    /// <summary>When the volume was made.</summary>
    public WinFspTime CreationTime { get; init; }

    /// <summary>Its serial number.</summary>
    public uint SerialNumber { get; init; }

    /// <summary>Whether names that differ only in case are different files. Programs for Windows expect that they are not.</summary>
    public bool CaseSensitive { get; init; }

    /// <summary>Whether programs are told that security descriptors are kept; they are checked in any case.</summary>
    public bool PersistentAcls { get; init; }

    /// <summary>Whether the driver refuses every change.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Whether there are extended attributes.</summary>
    public bool ExtendedAttributes { get; init; }

    /// <summary>Whether programs can call DeviceIoControl.</summary>
    public bool DeviceControl { get; init; } = true;

    /// <summary>Whether Cleanup comes only for opens that modified or delete something.</summary>
    public bool CleanupWhenModifiedOnly { get; init; }

    /// <summary>Whether SetDelete comes only for directories and read-only files.</summary>
    public bool SetDeleteWhenNecessaryOnly { get; init; }

    /// <summary>Whether the cache gives a file up when it is closed, so that Close follows Cleanup at once.</summary>
    public bool FlushAndPurgeOnCleanup { get; init; } = true;

    /// <summary>Whether files that are open can be deleted and replaced, as programs of today ask for.</summary>
    public bool PosixUnlinkRename { get; init; } = true;

    /// <summary>Whether ReadDirectory is told the pattern.</summary>
    public bool PassPattern { get; init; }

    /// <summary>How long the driver may keep what it knows of files. Infinite lets it cache content, too.</summary>
    public TimeSpan FileInfoTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The same for figures of the volume; null takes <see cref="FileInfoTimeout"/>.</summary>
    public TimeSpan? VolumeInfoTimeout { get; init; }

    /// <summary>The same for directories; null takes <see cref="FileInfoTimeout"/>.</summary>
    public TimeSpan? DirectoryTimeout { get; init; }

    /// <summary>The same for security descriptors; null takes <see cref="FileInfoTimeout"/>.</summary>
    public TimeSpan? SecurityTimeout { get; init; }

    /// <summary>The same for extended attributes; null takes <see cref="FileInfoTimeout"/>.</summary>
    public TimeSpan? ExtendedAttributesTimeout { get; init; }

    /// <summary>
    /// Threads that take requests from the driver, at least 2: so many operations that are not reads, writes or listings can wait
    /// before the volume stands still.
    /// </summary>
    public int DispatcherThreads { get; init; } = 32;

    /// <summary>Which requests WinFsp logs to the debugger: a bit for each kind of request, 0 for none.</summary>
    public uint DebugLog { get; init; }

    /// <summary>
    /// Security descriptor of the directory that is mounted at, self-relative; empty takes the system's default.
    /// </summary>
    public ReadOnlyMemory<byte> MountPointSecurity { get; init; }
}
