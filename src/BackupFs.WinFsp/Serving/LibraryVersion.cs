using BackupFs.WinFsp.Interop;

namespace BackupFs.WinFsp.Serving;

/// <summary>The version of WinFsp: 16 bits of major version above 16 of minor.</summary>
internal static class LibraryVersion
{
    private const uint Supported = 2;

    internal static uint Major(uint version) => version >> 16;

    internal static uint Minor(uint version) => version & 0xFFFF;

    /// <summary>Throws <see cref="WinFspMountException"/> for versions whose structures may differ.</summary>
    internal static uint Check(IWinFspLibrary library)
    {
        NtStatus status = library.GetVersion(out uint version);
        return status.IsSuccess() && Major(version) == Supported
            ? version
            : throw new WinFspMountException(
                WinFspMountFailure.Version,
                status,
                $"WinFsp {Major(version)}.{Minor(version)} is installed; version {Supported} is needed. Install it from https://winfsp.dev.");
    }
}
