using BackupFs.Fuse.Protocol;

namespace BackupFs.Fuse;

/// <summary>Figures of the file system, as statfs(2) shows them.</summary>
public record struct FuseStatfs
{
    /// <summary>Size, in units of <see cref="FragmentSize"/>.</summary>
    public ulong Blocks { get; set; }

    /// <summary>Free, in units of <see cref="FragmentSize"/>.</summary>
    public ulong FreeBlocks { get; set; }

    /// <summary>Free for ordinary users, in units of <see cref="FragmentSize"/>.</summary>
    public ulong AvailableBlocks { get; set; }

    /// <summary>Number of nodes.</summary>
    public ulong Files { get; set; }

    /// <summary>Number of nodes that can still be made.</summary>
    public ulong FreeFiles { get; set; }

    /// <summary>Preferred size of transfers, in bytes.</summary>
    public uint BlockSize { get; set; }

    /// <summary>Longest name, in bytes.</summary>
    public uint NameLength { get; set; }

    /// <summary>Unit of the counts above, in bytes.</summary>
    public uint FragmentSize { get; set; }

    internal readonly StatfsOut ToWire() => new()
    {
        Blocks = Blocks,
        FreeBlocks = FreeBlocks,
        AvailableBlocks = AvailableBlocks,
        Files = Files,
        FreeFiles = FreeFiles,
        BlockSize = BlockSize,
        NameLength = NameLength,
        FragmentSize = FragmentSize,
    };
}
