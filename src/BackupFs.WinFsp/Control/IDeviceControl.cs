namespace BackupFs.WinFsp.Control;

/// <summary>Opens files and directories to ask their volume something (DeviceIoControl). Thread-safe.</summary>
public interface IDeviceControl
{
    /// <summary>Opens a file or directory without a right to its content.</summary>
    /// <param name="path">The path.</param>
    /// <param name="writeAttributes">Whether with the right to change attributes, or only to read them.</param>
    /// <exception cref="IOException">It cannot be opened; <see cref="FileNotFoundException"/> when it does not exist.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied.</exception>
    IControlledFile Open(string path, bool writeAttributes);
}
