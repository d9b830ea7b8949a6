namespace BackupFs.WinFsp;

/// <summary>Kinds of changes (FILE_NOTIFY_CHANGE_…).</summary>
[Flags]
public enum ChangeFilter : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The name of a file.</summary>
    FileName = 0x001,

    /// <summary>The name of a directory.</summary>
    DirectoryName = 0x002,

    /// <summary>Attributes.</summary>
    Attributes = 0x004,

    /// <summary>The size.</summary>
    Size = 0x008,

    /// <summary>The time of the last write.</summary>
    LastWrite = 0x010,

    /// <summary>The time of the last access.</summary>
    LastAccess = 0x020,

    /// <summary>The time of creation.</summary>
    Creation = 0x040,

    /// <summary>The security descriptor.</summary>
    Security = 0x100,
}
