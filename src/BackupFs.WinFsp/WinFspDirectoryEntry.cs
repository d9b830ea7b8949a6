namespace BackupFs.WinFsp;

/// <summary>An entry of a directory.</summary>
/// <param name="Name">Its name, one component: up to <see cref="LongestName"/> characters.</param>
/// <param name="Info">What it is like.</param>
public readonly record struct WinFspDirectoryEntry(string Name, WinFspFileInfo Info)
{
    /// <summary>The most characters (UTF-16 code units) of a name.</summary>
    public const int LongestName = 255;
}
