namespace BackupFs.Fuse;

/// <summary>Type of a directory entry (dirent.h, DT_*): the file type bits of a mode, shifted right by 12.</summary>
public enum DirectoryEntryType : uint
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>A named pipe.</summary>
    Pipe = 1,

    /// <summary>A character device.</summary>
    CharacterDevice = 2,

    /// <summary>A directory.</summary>
    Directory = 4,

    /// <summary>A block device.</summary>
    BlockDevice = 6,

    /// <summary>A regular file.</summary>
    File = 8,

    /// <summary>A symbolic link.</summary>
    SymbolicLink = 10,

    /// <summary>A socket.</summary>
    Socket = 12,
}
