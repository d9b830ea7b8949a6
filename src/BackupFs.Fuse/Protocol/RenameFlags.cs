namespace BackupFs.Fuse;

/// <summary>Flags of rename (linux/fs.h, RENAME_*).</summary>
[Flags]
public enum RenameFlags : uint
{
    /// <summary>Replace the target if there is one.</summary>
    None = 0,

    /// <summary>Fail with EEXIST if there is a target.</summary>
    NoReplace = 1 << 0,

    /// <summary>Swap the two names.</summary>
    Exchange = 1 << 1,

    /// <summary>Leave a whiteout behind; answer EINVAL.</summary>
    Whiteout = 1 << 2,
}
