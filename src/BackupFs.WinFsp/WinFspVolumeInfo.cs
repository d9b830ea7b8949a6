namespace BackupFs.WinFsp;

/// <summary>Figures of a volume.</summary>
/// <param name="TotalSize">Bytes it can hold.</param>
/// <param name="FreeSize">Bytes that are free.</param>
/// <param name="Label">Its label; what is beyond <see cref="LongestLabel"/> characters is cut off.</param>
public readonly record struct WinFspVolumeInfo(ulong TotalSize, ulong FreeSize, string Label)
{
    /// <summary>The most characters (UTF-16 code units) of a label.</summary>
    public const int LongestLabel = 32;
}
