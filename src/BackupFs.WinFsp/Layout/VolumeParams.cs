using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BackupFs.WinFsp.Layout;

/// <summary>FSP_FSCTL_VOLUME_PARAMS of WinFsp 2: 504 bytes. Times are milliseconds.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct VolumeParams
{
    internal const uint Infinite = uint.MaxValue;

    internal ushort Version; // its own size
    internal ushort SectorSize;
    internal ushort SectorsPerAllocationUnit;
    internal ushort MaxComponentLength;
    internal ulong VolumeCreationTime;
    internal uint VolumeSerialNumber;
    internal uint TransactTimeout; // deprecated
    internal uint IrpTimeout; // 0: the default
    internal uint IrpCapacity; // 0: the default
    internal uint FileInfoTimeout;
    internal VolumeFlags Flags;
    internal PrefixText Prefix;
    internal NameText FileSystemName;
    internal TimeoutFlags Timeouts;
    internal uint VolumeInfoTimeout;
    internal uint DirectoryInfoTimeout;
    internal uint SecurityTimeout;
    internal uint StreamInfoTimeout;
    internal uint ExtendedAttributesTimeout;
    internal uint FsextControlCode;
    internal uint Reserved32;
    internal ulong Reserved64;
    internal ulong Reserved64Second;

    /// <summary>The parameters for a volume; throws <see cref="ArgumentException"/> for options that have no representation.</summary>
    internal static VolumeParams From(WinFspVolumeOptions options)
    {
        var parameters = new VolumeParams
        {
            Version = (ushort)Unsafe.SizeOf<VolumeParams>(),
            SectorSize = options.SectorSize,
            SectorsPerAllocationUnit = options.SectorsPerAllocationUnit,
            MaxComponentLength = options.MaxComponentLength,
            VolumeCreationTime = options.CreationTime.Intervals,
            VolumeSerialNumber = options.SerialNumber,
            FileInfoTimeout = Milliseconds(options.FileInfoTimeout),
            Flags = FlagsOf(options),
        };
        Copy(options.NetworkPrefix ?? "", parameters.Prefix, nameof(options.NetworkPrefix));
        Copy(options.FileSystemName, parameters.FileSystemName, nameof(options.FileSystemName));
        parameters.VolumeInfoTimeout = Timeout(ref parameters, options.VolumeInfoTimeout, TimeoutFlags.VolumeInfo);
        parameters.DirectoryInfoTimeout = Timeout(ref parameters, options.DirectoryTimeout, TimeoutFlags.DirectoryInfo);
        parameters.SecurityTimeout = Timeout(ref parameters, options.SecurityTimeout, TimeoutFlags.Security);
        parameters.ExtendedAttributesTimeout =
            Timeout(ref parameters, options.ExtendedAttributesTimeout, TimeoutFlags.ExtendedAttributes);
        return parameters;
    }

    private static VolumeFlags FlagsOf(WinFspVolumeOptions options)
    {
        VolumeFlags flags = VolumeFlags.CasePreservedNames | VolumeFlags.UnicodeOnDisk | VolumeFlags.PassQueryDirectoryFileName
            | VolumeFlags.FileContextIsUserContext2 | VolumeFlags.AllowOpenInKernelMode;
        Set(options.CaseSensitive, VolumeFlags.CaseSensitiveSearch);
        Set(options.PersistentAcls, VolumeFlags.PersistentAcls);
        Set(options.ReadOnly, VolumeFlags.ReadOnlyVolume);
        Set(options.ExtendedAttributes, VolumeFlags.ExtendedAttributes | VolumeFlags.CasePreservedExtendedAttributes);
        Set(options.DeviceControl, VolumeFlags.DeviceControl);
        Set(options.CleanupWhenModifiedOnly, VolumeFlags.PostCleanupWhenModifiedOnly);
        Set(options.SetDeleteWhenNecessaryOnly, VolumeFlags.PostDispositionWhenNecessaryOnly);
        Set(options.FlushAndPurgeOnCleanup, VolumeFlags.FlushAndPurgeOnCleanup);
        Set(options.PosixUnlinkRename, VolumeFlags.SupportsPosixUnlinkRename);
        Set(options.PassPattern, VolumeFlags.PassQueryDirectoryPattern);
        return flags;

        void Set(bool wanted, VolumeFlags flag) => flags |= wanted ? flag : VolumeFlags.None;
    }

    private static uint Timeout(ref VolumeParams parameters, TimeSpan? timeout, TimeoutFlags flag)
    {
        if (timeout is not { } value)
        {
            return 0;
        }

        parameters.Timeouts |= flag;
        return Milliseconds(value);
    }

    private static uint Milliseconds(TimeSpan time)
    {
        if (time == System.Threading.Timeout.InfiniteTimeSpan)
        {
            return Infinite;
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        return (uint)Math.Min(time.TotalMilliseconds, Infinite - 1);
    }

    private static void Copy(string text, Span<char> destination, string option)
    {
        // The last character stays 0.
        if (text.Length >= destination.Length)
        {
            throw new ArgumentException($"\"{text}\" is longer than {destination.Length - 1} characters.", option);
        }

        text.CopyTo(destination);
    }

    [InlineArray(192)]
    internal struct PrefixText
    {
        private char _first;
    }

    [InlineArray(16)]
    internal struct NameText
    {
        private char _first;
    }
}
