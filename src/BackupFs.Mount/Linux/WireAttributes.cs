using BackupFs.FileSystem;
using BackupFs.Fuse;
using BackupFs.Storage;

namespace BackupFs.Mount.Linux;

/// <summary>Attributes as the kernel wants them, with the mount's owner, group and umask applied.</summary>
internal sealed class WireAttributes(MountOptions options)
{
    private const int SectorSize = 512;
    private const uint PreferredTransfer = 1 << 20;

    /// <summary>What the kernel takes for "unknown" in listings (FUSE_UNKNOWN_INO).</summary>
    public const ulong UnknownInode = 0xffffffff;

    private readonly uint _mask = (uint)options.Umask & 0x1ff;

    public FuseAttributes From(in EntryAttributes attributes) => new()
    {
        Inode = InodeOf(attributes.FileId),
        Size = (ulong)attributes.Size,
        Blocks = (ulong)((attributes.AllocatedBytes + SectorSize - 1) / SectorSize),
        AccessTime = From(attributes.AccessTime),
        ModificationTime = From(attributes.ModifyTime),
        ChangeTime = From(attributes.ChangeTime),
        Mode = TypeBits(attributes.Type) | ((uint)attributes.Mode & ~_mask),
        LinkCount = attributes.Links,
        UserId = options.UserId ?? attributes.UserId,
        GroupId = options.GroupId ?? attributes.GroupId,
        Device = attributes.Device,
        BlockSize = PreferredTransfer,
    };

    public FuseEntry From(in FsEntry entry) => new()
    {
        Node = entry.Inode.Number,
        EntryTimeout = entry.Lifetime,
        AttributesTimeout = entry.Inode.AttributeLifetime,
        Attributes = From(entry.Attributes),
    };

    public static FuseTime From(Timestamp time) => new(time.Seconds, time.Nanoseconds);

    public static ulong InodeOf(ulong fileId) => fileId == ulong.MaxValue ? UnknownInode : fileId;

    public static uint TypeBits(EntryType type) => type switch
    {
        EntryType.Fifo => 0x1000,
        EntryType.CharacterDevice => 0x2000,
        EntryType.Directory => 0x4000,
        EntryType.BlockDevice => 0x6000,
        EntryType.File => 0x8000,
        EntryType.SymbolicLink => 0xa000,
        EntryType.Socket => 0xc000,
    };

    public static EntryType? TypeOf(uint mode) => (mode & 0xf000) switch
    {
        0x1000 => EntryType.Fifo,
        0x2000 => EntryType.CharacterDevice,
        0x6000 => EntryType.BlockDevice,
        0x8000 or 0 => EntryType.File,
        0xc000 => EntryType.Socket,
        _ => null,
    };
}
