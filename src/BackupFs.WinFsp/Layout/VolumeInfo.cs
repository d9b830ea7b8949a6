using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BackupFs.WinFsp.Layout;

/// <summary>FSP_FSCTL_VOLUME_INFO: 88 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct VolumeInfo
{
    internal ulong TotalSize;
    internal ulong FreeSize;
    internal ushort LabelLength; // bytes
    internal LabelText Label;

    internal static VolumeInfo From(WinFspVolumeInfo info)
    {
        ReadOnlySpan<char> label = info.Label.AsSpan(0, Math.Min(info.Label.Length, WinFspVolumeInfo.LongestLabel));
        var result = new VolumeInfo
        {
            TotalSize = info.TotalSize,
            FreeSize = info.FreeSize,
            LabelLength = (ushort)(label.Length * sizeof(char)),
        };
        label.CopyTo(result.Label);
        return result;
    }

    [InlineArray(WinFspVolumeInfo.LongestLabel)]
    internal struct LabelText
    {
        private char _first;
    }
}
