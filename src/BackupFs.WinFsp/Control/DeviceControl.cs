using System.Runtime.Versioning;
using BackupFs.WinFsp.Interop;

namespace BackupFs.WinFsp.Control;

/// <summary>The files of this machine.</summary>
[SupportedOSPlatform("windows")]
public sealed class DeviceControl : IDeviceControl
{
    /// <inheritdoc/>
    public IControlledFile Open(string path, bool writeAttributes) => NativeControlledFile.Open(path, writeAttributes);
}
