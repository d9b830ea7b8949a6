using BackupFs.FileSystem;

namespace BackupFs.Mount.Semantics;

/// <summary>How a tree under test is mounted. Without anything nothing ends by itself.</summary>
public sealed record TreeSettings
{
    /// <summary>As the options of the mount.</summary>
    public FileSystemOptions FileSystem { get; init; } = new() { End = EndPolicy.Manual };

    /// <summary>What is stored already; null for an empty storage of the fixture's kind.</summary>
    public ITreeStorage? Storage { get; init; }
}
