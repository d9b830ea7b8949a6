namespace BackupFs.WinFsp;

/// <summary>Why a mount ended.</summary>
public enum WinFspEnding
{
    /// <summary>It was unmounted by this process.</summary>
    Unmounted,

    /// <summary>The driver ended it, as it does when WinFsp is uninstalled.</summary>
    Driver,
}
