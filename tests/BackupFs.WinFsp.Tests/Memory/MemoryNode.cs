namespace BackupFs.WinFsp.Tests.Memory;

/// <summary>A file or directory of <see cref="MemoryOperations"/>. Guarded by its lock.</summary>
internal sealed class MemoryNode(string name, FileAttributes attributes, ulong number, byte[] security)
{
    public string Name { get; set; } = name;

    public FileAttributes Attributes { get; set; } = attributes;

    public byte[] Security { get; set; } = security;

    public byte[] Content { get; set; } = [];

    public ulong AllocationSize { get; set; }

    public Dictionary<string, WinFspExtendedAttribute> ExtendedAttributes { get; } = new(StringComparer.OrdinalIgnoreCase);

    public WinFspTime CreationTime { get; set; }

    public WinFspTime LastWriteTime { get; set; }

    public bool IsDirectory => (Attributes & FileAttributes.Directory) != 0;

    public WinFspFileInfo Info => new()
    {
        Attributes = Attributes,
        FileSize = (ulong)Content.Length,
        AllocationSize = Math.Max(AllocationSize, ((ulong)Content.Length + 4095) & ~4095UL),
        CreationTime = CreationTime,
        LastWriteTime = LastWriteTime,
        IndexNumber = number,
        EaSize = (uint)ExtendedAttributes.Values.Sum(attribute => 5 + attribute.Name.Length + attribute.Value.Length),
    };

    public void Resize(ulong size)
    {
        byte[] content = Content;
        Array.Resize(ref content, checked((int)size));
        Content = content;
    }
}
