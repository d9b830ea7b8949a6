namespace BackupFs.Storage.Objects;

/// <summary>A block of a <see cref="DiskCacheIndex"/>.</summary>
/// <param name="name">Its name.</param>
/// <param name="size">Bytes.</param>
internal sealed class CachedBlock(BlockName name, long size)
{
    private long _touched;

    /// <summary>Its name.</summary>
    internal BlockName Name => name;

    /// <summary>Bytes.</summary>
    internal long Size => size;

    /// <summary>Whether its file is complete; under the index's lock.</summary>
    internal bool IsWritten { get; set; }

    /// <summary>Whether the file's time is older than <paramref name="age"/>, and is to be set by the caller.</summary>
    internal bool TryTouch(DateTimeOffset now, TimeSpan age)
    {
        var touched = Interlocked.Read(ref _touched);
        return now.UtcTicks - touched > age.Ticks && Interlocked.CompareExchange(ref _touched, now.UtcTicks, touched) == touched;
    }
}
