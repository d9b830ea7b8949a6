using System.Runtime.InteropServices;

namespace BackupFs.WinFsp.Layout;

/// <summary>FSP_FSCTL_OPEN_FILE_INFO: what the file information that Create and Open get really is.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct OpenFileInfo
{
    /// <summary>Names of more bytes are not taken (FSP_FSCTL_TRANSACT_PATH_SIZEMAX).</summary>
    internal const int LongestNormalizedName = 2048;

    internal WinFspFileInfo Info;
    internal nint NormalizedName; // room for the name
    internal ushort NormalizedNameSize; // in: bytes of room; out: bytes of the name, without 0 at its end
}
