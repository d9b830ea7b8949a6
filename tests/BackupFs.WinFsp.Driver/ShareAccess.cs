namespace BackupFs.WinFsp.Driver;

/// <summary>What others may do with a file while it is open (FILE_SHARE_…).</summary>
[Flags]
public enum ShareAccess
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Read it.</summary>
    Read = 1,

    /// <summary>Write it.</summary>
    Write = 2,

    /// <summary>Delete or rename it.</summary>
    Delete = 4,

    /// <summary>Anything.</summary>
    All = Read | Write | Delete,
}
