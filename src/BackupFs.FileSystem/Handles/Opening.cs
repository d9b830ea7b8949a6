namespace BackupFs.FileSystem;

/// <summary>What opening a file did to its content.</summary>
internal enum Opening
{
    /// <summary>Nothing.</summary>
    Kept,

    /// <summary>It was emptied.</summary>
    Truncated,

    /// <summary>The file is new.</summary>
    Created,

    /// <summary>The file is new and has no name yet.</summary>
    CreatedUnnamed,
}
