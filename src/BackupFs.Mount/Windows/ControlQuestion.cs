namespace BackupFs.Mount.Windows;

/// <summary>What can be asked of a mount.</summary>
internal enum ControlQuestion : byte
{
    /// <summary>Whether this is a BackupFs mount: answers mount point, path in it (with slashes), source.</summary>
    Find = 1,

    /// <summary>The value of a control attribute.</summary>
    Get = 2,

    /// <summary>Sets a control attribute: name, value.</summary>
    Set = 3,

    /// <summary>Unmounts; with "lazy" also when files are open.</summary>
    Unmount = 4,
}
