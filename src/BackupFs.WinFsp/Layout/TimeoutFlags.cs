namespace BackupFs.WinFsp.Layout;

/// <summary>The second word of flags of FSP_FSCTL_VOLUME_PARAMS: which time-outs are set.</summary>
[Flags]
internal enum TimeoutFlags : uint
{
    None = 0,
    VolumeInfo = 1u << 0,
    DirectoryInfo = 1u << 1,
    Security = 1u << 2,
    StreamInfo = 1u << 3,
    ExtendedAttributes = 1u << 4,
}
