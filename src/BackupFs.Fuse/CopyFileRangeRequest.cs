namespace BackupFs.Fuse;

/// <summary>A copy between two open files of the file system.</summary>
/// <param name="Node">Source file.</param>
/// <param name="Handle">Source handle.</param>
/// <param name="Offset">Where to read, in bytes.</param>
/// <param name="DestinationNode">Target file; it counts as written.</param>
/// <param name="DestinationHandle">Target handle.</param>
/// <param name="DestinationOffset">Where to write, in bytes.</param>
/// <param name="Length">Bytes to copy at most.</param>
/// <param name="Flags">Flags of copy_file_range(2), 0 so far.</param>
public readonly record struct CopyFileRangeRequest(
    ulong Node,
    ulong Handle,
    long Offset,
    ulong DestinationNode,
    ulong DestinationHandle,
    long DestinationOffset,
    long Length,
    ulong Flags);
