namespace BackupFs.WinFsp;

/// <summary>What happened to a file or directory (FILE_ACTION_…).</summary>
public enum ChangeAction : uint
{
    /// <summary>It was added.</summary>
    Added = 1,

    /// <summary>It was removed.</summary>
    Removed = 2,

    /// <summary>It was modified.</summary>
    Modified = 3,

    /// <summary>It was renamed; the old name.</summary>
    RenamedOldName = 4,

    /// <summary>It was renamed; the new name.</summary>
    RenamedNewName = 5,
}
