namespace BackupFs.Storage.Objects;

/// <summary>What bounds the transfers of one storage.</summary>
public sealed record ObjectStorageOptions
{
    /// <summary>The smallest budget with which everything works: 64 MiB.</summary>
    public const long MinimumMemory = 64L << 20;

    /// <summary>Bytes of the first parts where nobody asks for others: 8 MiB.</summary>
    public const long DefaultPartSize = 8L << 20;

    /// <summary>More parts of a file at a time gain nothing.</summary>
    public const int MaximumUploadParallelism = 64;

    /// <summary>Bytes of file content held in memory at most, of all files being written and read; <see cref="MinimumMemory"/> or more.</summary>
    public long Memory { get; init; } = 256L << 20;

    /// <summary>Requests under way at the same time at most; 1 or more.</summary>
    public int Requests { get; init; } = 32;

    /// <summary>
    /// Bytes of the first 1000 parts of an upload, rounded up to whole MiB; later ones are larger. The store's smallest to its
    /// largest, and an eighth of <see cref="Memory"/> at most. Where memory is short, parts may be smaller.
    /// </summary>
    public long PartSize { get; init; } = DefaultPartSize;

    /// <summary>Parts of one file being uploaded at a time at most; 1..<see cref="MaximumUploadParallelism"/>.</summary>
    public int UploadParallelism { get; init; } = 6;

    /// <summary>Whether the nearest possible <see cref="PartSize"/> and <see cref="UploadParallelism"/> are taken, with a warning, where those are not possible.</summary>
    public bool ClampsUploads { get; init; }

    /// <summary>A local directory, which exists when a file is written, for files that are written in another order than from start to end; null for none.</summary>
    public string? SpoolDirectory { get; init; }

    /// <summary>Bytes in <see cref="SpoolDirectory"/> at most.</summary>
    public long SpoolBytes { get; init; } = 10L << 30;

    /// <summary>An existing local directory that keeps blocks of complete backups that were read; null for none.</summary>
    public string? CacheDirectory { get; init; }

    /// <summary>Bytes in <see cref="CacheDirectory"/> at most.</summary>
    public long CacheBytes { get; init; } = 10L << 30;
}
