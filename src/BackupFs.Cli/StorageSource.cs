using BackupFs.Storage.Objects;

namespace BackupFs.Cli;

/// <summary>A storage as the user chose it.</summary>
/// <param name="Location">A URL or an absolute path; may hold secrets.</param>
internal sealed record StorageSource(string Location)
{
    /// <summary>What bounds its transfers, where it is an object storage.</summary>
    public ObjectStorageOptions Objects { get; init; } = new();

    /// <summary>Directory levels above a backup, where the configuration says so; else null.</summary>
    public int? DirectoryLevels { get; init; }

    /// <summary>Whether close may return before a file is stored, where the configuration says so.</summary>
    public bool DefersCloses { get; init; }
}
