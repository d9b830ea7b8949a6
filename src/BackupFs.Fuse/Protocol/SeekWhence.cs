namespace BackupFs.Fuse;

/// <summary>What LSEEK looks for (the kernel answers every other seek itself).</summary>
public enum SeekWhence : uint
{
    /// <summary>The next data at or after the offset.</summary>
    Data = 3,

    /// <summary>The next hole at or after the offset; the end of the file counts as one.</summary>
    Hole = 4,
}
