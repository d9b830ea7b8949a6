namespace BackupFs.WinFsp;

/// <summary>Options of NtCreateFile; those that the driver deals with itself are not all here.</summary>
[Flags]
public enum CreateOptions
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>It is, or becomes, a directory.</summary>
    Directory = 0x00000001,

    /// <summary>Writes are durable when they return.</summary>
    WriteThrough = 0x00000002,

    /// <summary>It will be read or written from start to end.</summary>
    SequentialOnly = 0x00000004,

    /// <summary>Reads and writes go past the cache.</summary>
    NoIntermediateBuffering = 0x00000008,

    /// <summary>It must not be a directory.</summary>
    NonDirectory = 0x00000040,

    /// <summary>The program does not know extended attributes.</summary>
    NoEaKnowledge = 0x00000200,

    /// <summary>It will be read or written here and there.</summary>
    RandomAccess = 0x00000800,

    /// <summary>It is deleted when the handle is closed.</summary>
    DeleteOnClose = 0x00001000,

    /// <summary>Opened by a backup program, which may have privileges.</summary>
    OpenForBackupIntent = 0x00004000,

    /// <summary>A reparse point itself is opened, not what it leads to.</summary>
    OpenReparsePoint = 0x00200000,
}
