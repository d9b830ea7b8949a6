namespace BackupFs.WinFsp.Driver;

/// <summary>A file or directory that is open, whoever has it open: what the driver knows of it. Guarded by the lock of its table.</summary>
internal sealed class DriverNode(string name, bool isDirectory)
{
    internal string Name { get; set; } = name;

    internal bool IsDirectory { get; } = isDirectory;

    /// <summary>Opens whose handle is not closed.</summary>
    internal List<DriverFile> Handles { get; } = [];

    internal bool DeletePending { get; set; }

    /// <summary>Deleted or replaced while open: its name may belong to another by now.</summary>
    internal bool Unlinked { get; set; }
}
