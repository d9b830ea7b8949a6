namespace BackupFs.Storage;

/// <summary>What to look for in a sparse file, as lseek(2) does.</summary>
public enum SeekTarget
{
    /// <summary>The next data at or after the offset.</summary>
    Data,

    /// <summary>The next hole at or after the offset; the end of the file counts as one.</summary>
    Hole,
}
