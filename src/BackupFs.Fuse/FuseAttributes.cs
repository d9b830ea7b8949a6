using BackupFs.Fuse.Protocol;

namespace BackupFs.Fuse;

/// <summary>Attributes of a node, as stat(2) shows them.</summary>
public record struct FuseAttributes
{
    /// <summary>Inode number shown to users; independent of the node id.</summary>
    public ulong Inode { get; set; }

    /// <summary>Size in bytes; of a link, the length of its target.</summary>
    public ulong Size { get; set; }

    /// <summary>Space taken, in units of 512 bytes.</summary>
    public ulong Blocks { get; set; }

    /// <summary>Last access.</summary>
    public FuseTime AccessTime { get; set; }

    /// <summary>Last change of the content.</summary>
    public FuseTime ModificationTime { get; set; }

    /// <summary>Last change of the attributes.</summary>
    public FuseTime ChangeTime { get; set; }

    /// <summary>File type and permission bits, as in st_mode.</summary>
    public uint Mode { get; set; }

    /// <summary>Number of hard links.</summary>
    public uint LinkCount { get; set; }

    /// <summary>Owner.</summary>
    public uint UserId { get; set; }

    /// <summary>Group.</summary>
    public uint GroupId { get; set; }

    /// <summary>Device number of a device node.</summary>
    public uint Device { get; set; }

    /// <summary>Preferred size of reads and writes; 0 means a page.</summary>
    public uint BlockSize { get; set; }

    internal readonly Attr ToWire() => new()
    {
        Inode = Inode,
        Size = Size,
        Blocks = Blocks,
        AccessTime = (ulong)AccessTime.Seconds,
        AccessNanoseconds = AccessTime.Nanoseconds,
        ModificationTime = (ulong)ModificationTime.Seconds,
        ModificationNanoseconds = ModificationTime.Nanoseconds,
        ChangeTime = (ulong)ChangeTime.Seconds,
        ChangeNanoseconds = ChangeTime.Nanoseconds,
        Mode = Mode,
        LinkCount = LinkCount,
        UserId = UserId,
        GroupId = GroupId,
        Device = Device,
        BlockSize = BlockSize,
    };
}
