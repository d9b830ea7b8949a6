using BackupFs.WinFsp.Layout;

namespace BackupFs.WinFsp.Tests.Layout;

public class VolumeParamsTests
{
    private static readonly WinFspVolumeOptions Bare = new()
    {
        DeviceControl = false,
        FlushAndPurgeOnCleanup = false,
        PosixUnlinkRename = false,
    };

    private static readonly uint BareFlags = (uint)VolumeParams.From(Bare).Flags;

    [Fact]
    public void A_volume_keeps_case_and_takes_handles_and_finds_names() =>
        Assert.Equal((1u << 1) | (1u << 2) | (1u << 13) | (1u << 16) | (1u << 24), BareFlags);

    [Fact]
    public void Each_option_sets_its_bit()
    {
        (WinFspVolumeOptions Options, int[] Bits)[] cases =
        [
            (Bare with { CaseSensitive = true }, [0]),
            (Bare with { PersistentAcls = true }, [3]),
            (Bare with { ExtendedAttributes = true }, [8, 25]),
            (Bare with { ReadOnly = true }, [9]),
            (Bare with { CleanupWhenModifiedOnly = true }, [10]),
            (Bare with { PassPattern = true }, [11]),
            (Bare with { FlushAndPurgeOnCleanup = true }, [14]),
            (Bare with { DeviceControl = true }, [15]),
            (Bare with { PosixUnlinkRename = true }, [29]),
            (Bare with { SetDeleteWhenNecessaryOnly = true }, [30]),
        ];
        foreach ((WinFspVolumeOptions options, int[] bits) in cases)
        {
            uint expected = bits.Aggregate(0u, (flags, bit) => flags | (1u << bit));
            Assert.Equal(expected, (uint)VolumeParams.From(options).Flags ^ BareFlags);
        }
    }

    [Fact]
    public void Time_outs_that_are_set_are_said_to_be()
    {
        VolumeParams none = VolumeParams.From(Bare with { FileInfoTimeout = TimeSpan.FromSeconds(3) });
        Assert.Equal((3000u, 0u), (none.FileInfoTimeout, (uint)none.Timeouts));

        VolumeParams all = VolumeParams.From(Bare with
        {
            FileInfoTimeout = Timeout.InfiniteTimeSpan,
            VolumeInfoTimeout = TimeSpan.FromMilliseconds(1),
            DirectoryTimeout = TimeSpan.FromMilliseconds(2),
            SecurityTimeout = TimeSpan.FromMilliseconds(3),
            ExtendedAttributesTimeout = TimeSpan.Zero,
        });
        Assert.Equal(uint.MaxValue, all.FileInfoTimeout);
        Assert.Equal(0b10111u, (uint)all.Timeouts);
        Assert.Equal(
            (1u, 2u, 3u, 0u), (all.VolumeInfoTimeout, all.DirectoryInfoTimeout, all.SecurityTimeout, all.ExtendedAttributesTimeout));
    }

    [Fact]
    public void Names_end_with_0()
    {
        VolumeParams parameters = VolumeParams.From(Bare with { FileSystemName = new string('n', 15), NetworkPrefix = @"\server\share" });
        Assert.Equal(504, parameters.Version);
        Assert.Equal(new string('n', 15) + "\0", new string(parameters.FileSystemName));
        Assert.Equal(@"\server\share".PadRight(192, '\0'), new string(parameters.Prefix));
    }

    [Fact]
    public void What_has_no_representation_is_refused()
    {
        Assert.Throws<ArgumentException>(() => VolumeParams.From(Bare with { FileSystemName = new string('n', 16) }));
        Assert.Throws<ArgumentException>(() => VolumeParams.From(Bare with { NetworkPrefix = new string('n', 192) }));
        Assert.Throws<ArgumentOutOfRangeException>(() => VolumeParams.From(Bare with { FileInfoTimeout = TimeSpan.FromSeconds(-2) }));
    }

    [Fact]
    public void A_label_that_is_too_long_is_cut_off()
    {
        VolumeInfo info = VolumeInfo.From(new WinFspVolumeInfo(1, 2, new string('x', 40)));
        Assert.Equal((64, new string('x', 32)), (info.LabelLength, new string(info.Label)));
    }
}
