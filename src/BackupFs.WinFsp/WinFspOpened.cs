namespace BackupFs.WinFsp;

/// <summary>The answer to Create and Open.</summary>
/// <param name="Handle">The handle for this open; not answered before.</param>
/// <param name="Info">What the file is like now.</param>
/// <param name="NormalizedName">
/// On a volume that ignores case: the whole name, as it was created. It may differ from the name that was asked for only in
/// case. Null leaves it to the driver, which then takes the name in upper case.
/// </param>
public readonly record struct WinFspOpened(WinFspHandle Handle, WinFspFileInfo Info, string? NormalizedName = null);
