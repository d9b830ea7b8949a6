namespace BackupFs.Mount.Semantics;

/// <summary>Why a program's call failed, in words that all platforms have.</summary>
public enum Refusal
{
    /// <summary>It did not.</summary>
    None,

    /// <summary>There is no such file.</summary>
    Missing,

    /// <summary>The name is taken.</summary>
    Taken,

    /// <summary>Nothing can be changed there.</summary>
    ReadOnly,

    /// <summary>Not permitted.</summary>
    NotPermitted,

    /// <summary>Somebody uses it.</summary>
    InUse,

    /// <summary>The directory is not empty.</summary>
    NotEmpty,

    /// <summary>Between two backups.</summary>
    OtherBackup,

    /// <summary>No name that could be kept.</summary>
    BadName,

    /// <summary>Input or output failed.</summary>
    Failed,
}
