namespace BackupFs.FileSystem;

/// <summary>Being written.</summary>
public sealed partial class BackupFileSystem
{
}
