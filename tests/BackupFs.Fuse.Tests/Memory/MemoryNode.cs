namespace BackupFs.Fuse.Tests.Memory;

/// <summary>A node of the test file system.</summary>
internal sealed class MemoryNode(ulong id, uint mode)
{
    internal const uint TypeMask = 0xf000;
    internal const uint Directory = 0x4000;
    internal const uint RegularFile = 0x8000;
    internal const uint SymbolicLink = 0xa000;

    internal ulong Id { get; } = id;

    internal uint Mode { get; set; } = mode;

    internal uint UserId { get; set; }

    internal uint GroupId { get; set; }

    internal uint Links { get; set; } = 1;

    internal uint Device { get; set; }

    internal long Lookups { get; set; }

    internal int Opens { get; set; }

    internal byte[] Data { get; set; } = [];

    internal int Size { get; set; }

    internal FuseTime AccessTime { get; set; } = MemoryFileSystem.Now();

    internal FuseTime ModificationTime { get; set; } = MemoryFileSystem.Now();

    internal FuseTime ChangeTime { get; set; } = MemoryFileSystem.Now();

    internal SortedDictionary<string, MemoryNode> Children { get; } = new(StringComparer.Ordinal);

    internal SortedDictionary<string, byte[]> Xattrs { get; } = new(StringComparer.Ordinal);

    internal bool IsDirectory => (Mode & TypeMask) == Directory;

    internal FuseAttributes Attributes => new()
    {
        Inode = Id,
        Size = (ulong)Size,
        Blocks = ((ulong)Size + 511) / 512,
        AccessTime = AccessTime,
        ModificationTime = ModificationTime,
        ChangeTime = ChangeTime,
        Mode = Mode,
        LinkCount = Links,
        UserId = UserId,
        GroupId = GroupId,
        Device = Device,
        BlockSize = 4096,
    };

    internal void Resize(long size)
    {
        if (size > Data.Length)
        {
            byte[] larger = new byte[Math.Max(size, Math.Min(Data.Length * 2L, 1L << 30))];
            Data.AsSpan(0, Size).CopyTo(larger);
            Data = larger;
        }
        else if (size < Size)
        {
            Data.AsSpan((int)size, Size - (int)size).Clear();
        }

        Size = (int)size;
        ModificationTime = ChangeTime = MemoryFileSystem.Now();
    }
}
