namespace BackupFs.Fuse;

/// <summary>What an answer to OPEN, CREATE or OPENDIR says about the open file (linux/fuse.h, FOPEN_*).</summary>
[Flags]
public enum OpenReplyFlags : uint
{
    /// <summary>Nothing special: the page cache is used and was emptied by the open.</summary>
    None = 0,

    /// <summary>Reads and writes bypass the page cache.</summary>
    DirectIo = 1 << 0,

    /// <summary>The page cache is kept. Not together with <see cref="Passthrough"/>: the open would fail with EIO.</summary>
    KeepCache = 1 << 1,

    /// <summary>The file cannot be seeked.</summary>
    NonSeekable = 1 << 2,

    /// <summary>Directory entries are cached.</summary>
    CacheDirectory = 1 << 3,

    /// <summary>The file has no position.</summary>
    Stream = 1 << 4,

    /// <summary>FLUSH is not sent for this open file.</summary>
    NoFlush = 1 << 5,

    /// <summary>Direct writes of one file run at once.</summary>
    ParallelDirectWrites = 1 << 6,

    /// <summary>Reads and writes go to the backing file given.</summary>
    Passthrough = 1 << 7,
}
