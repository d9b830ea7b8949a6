namespace BackupFs.Storage.File.Staging;

/// <summary>What is called what below ROOT/.backupfs.</summary>
internal static class StagingNames
{
    /// <summary>Open backups, each in a directory named by <see cref="Key"/>.</summary>
    public const string Open = ReservedPaths.StagedFolder;

    /// <summary>Staging directories that are not complete yet, under random names.</summary>
    public const string New = BackupPath.ReservedName + "/new";

    /// <summary>What is being deleted, under random names.</summary>
    public const string Trash = BackupPath.ReservedName + "/trash";

    /// <summary>Held shared while something is in <see cref="New"/>, exclusively to clean it up.</summary>
    public const string NewLock = "new.lock";

    /// <summary>The backup's tree.</summary>
    public const string Data = "data";

    /// <summary>Who has it open: <see cref="StagingInfo"/>.</summary>
    public const string Info = "info.json";

    /// <summary>Locked by the process that has it open.</summary>
    public const string Lock = "lock";

    /// <summary>See <see cref="Staging.Journal"/>.</summary>
    public const string Journal = "journal";

    /// <summary>A file being written, before it gets its name.</summary>
    public const string TemporarySuffix = ".new";

    /// <summary>The manifest before it gets its place in the tree.</summary>
    public const string Manifest = "manifest";

    /// <summary>What <see cref="SpaceProbe"/> tries its luck with.</summary>
    public const string Probe = "probe";

    /// <summary>The staging directory of a backup.</summary>
    public static string Key(string directory, string name) => ReservedPaths.StagedKey(directory, name);

    /// <summary>A name that nothing else has.</summary>
    public static string Unique() => Guid.NewGuid().ToString("N");
}
