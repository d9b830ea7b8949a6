namespace BackupFs.FileSystem;

/// <summary>How long answers stay true without asking again.</summary>
internal static class Lifetimes
{
    /// <summary>What other hosts and programs may change: directories above the backups, foreign backups.</summary>
    public static readonly TimeSpan Shared = TimeSpan.FromSeconds(1);

    /// <summary>What only this mount changes (open backups), or nobody (complete ones).</summary>
    public static readonly TimeSpan Ours = TimeSpan.FromHours(1);
}
