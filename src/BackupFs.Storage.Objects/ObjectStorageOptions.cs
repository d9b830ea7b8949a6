namespace BackupFs.Storage.Objects;

/// <summary>What bounds the transfers of one storage.</summary>
public sealed record ObjectStorageOptions
{
    /// <summary>The smallest budget with which everything works: 64 MiB.</summary>
    public const long MinimumMemory = 64L << 20;

    /// <summary>Bytes of file content held in memory at most, of all files being written and read; <see cref="MinimumMemory"/> or more.</summary>
    public long Memory { get; init; } = 256L << 20;

    /// <summary>Requests under way at the same time at most; 1 or more.</summary>
    public int Requests { get; init; } = 32;

    /// <summary>An existing local directory for files that are written in another order than from start to end; null for none.</summary>
    public string? SpoolDirectory { get; init; }

    /// <summary>Bytes in <see cref="SpoolDirectory"/> at most.</summary>
    public long SpoolBytes { get; init; } = 10L << 30;

    /// <summary>An existing local directory that keeps blocks of complete backups that were read; null for none.</summary>
    public string? CacheDirectory { get; init; }

    /// <summary>Bytes in <see cref="CacheDirectory"/> at most.</summary>
    public long CacheBytes { get; init; } = 10L << 30;
}
