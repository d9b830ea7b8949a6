using BackupFs.Fuse.Protocol;

namespace BackupFs.Fuse;

/// <summary>
/// What a name leads to. Each one delivered, also through READDIRPLUS, is one lookup of the node, which the kernel
/// gives back with <see cref="IFuseOperations.Forget"/>. A node of 0 is a cached "no such name" and counts nothing.
/// </summary>
public record struct FuseEntry
{
    /// <summary>The node; 0 caches the absence of the name for <see cref="EntryTimeout"/>.</summary>
    public ulong Node { get; set; }

    /// <summary>Tells nodes apart that had the same id; node and generation together are never used again.</summary>
    public ulong Generation { get; set; }

    /// <summary>How long the kernel may believe the name.</summary>
    public TimeSpan EntryTimeout { get; set; }

    /// <summary>How long the kernel may believe the attributes.</summary>
    public TimeSpan AttributesTimeout { get; set; }

    /// <summary>The attributes.</summary>
    public FuseAttributes Attributes { get; set; }

    internal readonly EntryOut ToWire()
    {
        (ulong entrySeconds, uint entryNanoseconds) = WireTime.Split(EntryTimeout);
        (ulong attributesSeconds, uint attributesNanoseconds) = WireTime.Split(AttributesTimeout);
        return new EntryOut
        {
            Node = Node,
            Generation = Generation,
            EntryValidSeconds = entrySeconds,
            EntryValidNanoseconds = entryNanoseconds,
            AttributesValidSeconds = attributesSeconds,
            AttributesValidNanoseconds = attributesNanoseconds,
            Attributes = Attributes.ToWire(),
        };
    }
}
