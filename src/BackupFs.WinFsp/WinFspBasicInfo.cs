namespace BackupFs.WinFsp;

/// <summary>A change of attributes and times; what is null stays as it is.</summary>
/// <param name="Attributes">New attributes.</param>
/// <param name="CreationTime">New time of creation.</param>
/// <param name="LastAccessTime">New time of the last access.</param>
/// <param name="LastWriteTime">New time of the last write.</param>
/// <param name="ChangeTime">New time of the last change.</param>
public readonly record struct WinFspBasicInfo(
    FileAttributes? Attributes,
    WinFspTime? CreationTime,
    WinFspTime? LastAccessTime,
    WinFspTime? LastWriteTime,
    WinFspTime? ChangeTime);
