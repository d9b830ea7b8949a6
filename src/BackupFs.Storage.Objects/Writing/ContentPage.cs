namespace BackupFs.Storage.Objects;

/// <summary>A granule of a <see cref="FileContent"/> in memory; guarded by its lock.</summary>
internal sealed class ContentPage(Granule memory)
{
    /// <summary>The bytes; those at and after the end of the file are zero.</summary>
    internal Granule Memory => memory;

    /// <summary>Whether it differs from the stored version.</summary>
    internal bool IsChanged { get; set; }

    /// <summary>Whether it belongs to a part that was given to the upload: it does not change, and does not go, before that ended.</summary>
    internal bool IsSent { get; set; }
}
