namespace BackupFs.WinFsp;

/// <summary>Rights to a file or directory (ACCESS_MASK).</summary>
[Flags]
public enum FileAccessRights : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Read content, or list the directory.</summary>
    ReadData = 0x00000001,

    /// <summary>Write content, or create files in the directory.</summary>
    WriteData = 0x00000002,

    /// <summary>Append content, or create directories in the directory.</summary>
    AppendData = 0x00000004,

    /// <summary>Read extended attributes.</summary>
    ReadEa = 0x00000008,

    /// <summary>Write extended attributes.</summary>
    WriteEa = 0x00000010,

    /// <summary>Run the program, or pass through the directory.</summary>
    Execute = 0x00000020,

    /// <summary>Delete anything in the directory.</summary>
    DeleteChild = 0x00000040,

    /// <summary>Read attributes and times.</summary>
    ReadAttributes = 0x00000080,

    /// <summary>Write attributes and times.</summary>
    WriteAttributes = 0x00000100,

    /// <summary>Delete or rename it.</summary>
    Delete = 0x00010000,

    /// <summary>Read the security descriptor.</summary>
    ReadControl = 0x00020000,

    /// <summary>Change the access control list.</summary>
    WriteDac = 0x00040000,

    /// <summary>Change the owner.</summary>
    WriteOwner = 0x00080000,

    /// <summary>Wait for the handle.</summary>
    Synchronize = 0x00100000,

    /// <summary>Whatever the program may do: asked for, never granted.</summary>
    MaximumAllowed = 0x02000000,

    /// <summary>All that can be granted.</summary>
    All = 0x001F01FF,
}
