namespace BackupFs.WinFsp;

/// <summary>What a program wants to happen when the file exists or does not (NtCreateFile).</summary>
public enum CreateDisposition
{
    /// <summary>Replace it, or create it.</summary>
    Supersede = 0,

    /// <summary>Open it, or fail.</summary>
    Open = 1,

    /// <summary>Create it, or fail.</summary>
    Create = 2,

    /// <summary>Open it, or create it.</summary>
    OpenIf = 3,

    /// <summary>Open and overwrite it, or fail.</summary>
    Overwrite = 4,

    /// <summary>Open and overwrite it, or create it.</summary>
    OverwriteIf = 5,
}
