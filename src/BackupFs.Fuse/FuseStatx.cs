using BackupFs.Fuse.Protocol;

namespace BackupFs.Fuse;

/// <summary>An answer to STATX: attributes and what stat(2) has no room for.</summary>
public record struct FuseStatx
{
    /// <summary>The STATX_BASIC_STATS mask: everything in <see cref="Attributes"/>.</summary>
    public const uint BasicStats = 0x7ff;

    /// <summary>STATX_BTIME: <see cref="BirthTime"/> is meaningful.</summary>
    public const uint BirthTimeField = 0x800;

    /// <summary>Which fields are meaningful (STATX_*).</summary>
    public uint Mask { get; set; }

    /// <summary>The attributes.</summary>
    public FuseAttributes Attributes { get; set; }

    /// <summary>When the file was created.</summary>
    public FuseTime BirthTime { get; set; }

    /// <summary>File flags set (STATX_ATTR_*), for instance immutable.</summary>
    public ulong Flags { get; set; }

    /// <summary>Which of the flags the file system knows.</summary>
    public ulong FlagsMask { get; set; }

    internal readonly StatxOut ToWire(TimeSpan validFor)
    {
        (ulong seconds, uint nanoseconds) = WireTime.Split(validFor);
        return new StatxOut
        {
            ValidSeconds = seconds,
            ValidNanoseconds = nanoseconds,
            Mask = Mask,
            BlockSize = Attributes.BlockSize,
            Attributes = Flags,
            AttributesMask = FlagsMask,
            LinkCount = Attributes.LinkCount,
            UserId = Attributes.UserId,
            GroupId = Attributes.GroupId,
            Mode = (ushort)Attributes.Mode,
            Inode = Attributes.Inode,
            Size = Attributes.Size,
            Blocks = Attributes.Blocks,
            AccessTime = ToWire(Attributes.AccessTime),
            BirthTime = ToWire(BirthTime),
            ChangeTime = ToWire(Attributes.ChangeTime),
            ModificationTime = ToWire(Attributes.ModificationTime),
            RawDeviceMajor = (Attributes.Device >> 8) & 0xfff,
            RawDeviceMinor = (Attributes.Device & 0xff) | ((Attributes.Device >> 12) & 0xfff00),
        };
    }

    private static StatxTime ToWire(FuseTime time) => new() { Seconds = time.Seconds, Nanoseconds = time.Nanoseconds };
}
