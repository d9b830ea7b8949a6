namespace BackupFs.FileSystem;

/// <summary>Which endings of writers count against a backup.</summary>
public enum WriterPolicy
{
    /// <summary>Signals and non-zero exit statuses.</summary>
    Strict,

    /// <summary>Signals only.</summary>
    Signals,

    /// <summary>None; writers are not watched.</summary>
    Off,
}
