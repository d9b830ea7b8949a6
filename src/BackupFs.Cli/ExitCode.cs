namespace BackupFs.Cli;

/// <summary>What the program returns. Part of its interface: scripts depend on it.</summary>
internal static class ExitCode
{
    /// <summary>Everything asked for was done.</summary>
    public const int Ok = 0;

    /// <summary>Something failed, was refused, or was found to be incomplete or damaged.</summary>
    public const int Failed = 1;

    /// <summary>The command line makes no sense; nothing was done.</summary>
    public const int Usage = 2;

    /// <summary>Interrupted by SIGINT or SIGTERM, as shells report it.</summary>
    public const int Interrupted = 130;
}
