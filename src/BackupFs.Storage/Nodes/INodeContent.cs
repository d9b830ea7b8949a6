namespace BackupFs.Storage;

/// <summary>The bytes of a file in a <see cref="NodeTree"/>, as far as the tree needs to know them. Thread-safe, or guarded by the tree's lock.</summary>
public interface INodeContent
{
    /// <summary>Bytes.</summary>
    long Size { get; }

    /// <summary>Bytes that occupy space, holes not counted.</summary>
    long AllocatedBytes { get; }
}
