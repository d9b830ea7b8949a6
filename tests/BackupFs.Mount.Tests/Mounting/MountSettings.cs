namespace BackupFs.Mount.Tests.Mounting;

/// <summary>How a mount under test is made.</summary>
public sealed record MountSettings
{
    /// <summary>Options of <c>backupfs mount</c>, besides the storage.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>Who mounts, and who runs the scripts.</summary>
    public TestUser User { get; init; } = TestUser.Current;

    /// <summary>The storage, a directory or a URL; null makes a fresh directory.</summary>
    public string? Storage { get; init; }

    /// <summary>The directory above the backups that scripts know as <c>$D</c>.</summary>
    public string Directory { get; init; } = "db";
}
