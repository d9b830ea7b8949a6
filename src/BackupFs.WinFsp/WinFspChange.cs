namespace BackupFs.WinFsp;

/// <summary>A change that programs which watch the volume are told of.</summary>
/// <param name="Name">
/// The whole name, normalized: as Create or Open answered it, or else, on a volume that ignores case, in upper case.
/// </param>
/// <param name="Filter">What kind of thing changed.</param>
/// <param name="Action">What happened to it.</param>
public readonly record struct WinFspChange(string Name, ChangeFilter Filter, ChangeAction Action);
